import type * as tf from "@tensorflow/tfjs";
import { nativeOf } from "../native";
import type { Forward } from "./layer";

/** What follows a sum: nothing, max(0, x), or x times its logistic. */
export type Activation = "none" | "relu" | "silu";

/** Applies an activation; the way back keeps what it needs. */
export function activate(tfjs: typeof tf, kind: Activation, input: tf.Tensor4D): Forward {
  switch (kind) {
    case "none":
      return { output: input.clone(), back: (slope) => slope.clone() };
    case "relu":
      return relu(tfjs, input);
    case "silu":
      return silu(tfjs, input);
  }
}

function relu(tfjs: typeof tf, input: tf.Tensor4D): Forward {
  const output = tfjs.relu(input);
  const kept = output.clone();
  return {
    output,
    back(slope) {
      const native = nativeOf(tfjs);
      const result =
        native === undefined
          ? tfjs.tidy(() => slope.mul<tf.Tensor4D>(kept.step()))
          : (native.run("ReluGrad", [native.float("T")], [slope, kept], 1)[0] as tf.Tensor4D);
      kept.dispose();
      return result;
    },
  };
}

function silu(tfjs: typeof tf, input: tf.Tensor4D): Forward {
  const kept = input.clone();
  return {
    output: tfjs.tidy(() => input.mul(input.sigmoid())),
    back(slope) {
      const result = tfjs.tidy(() => {
        const gate = kept.sigmoid();
        // (x s)' = s + x s (1 - s)
        return slope.mul<tf.Tensor4D>(gate.mul(kept.mul(gate.mul(-1).add(1)).add(1)));
      });
      kept.dispose();
      return result;
    },
  };
}
