import type * as tf from "@tensorflow/tfjs";
import { type Adam, type AdamState, portableAdam } from "./adam";
import { nativeOf } from "./native";
import { nativeAdam } from "./nativeAdam";
import type { WeightSpec } from "./weights";

/** Weights and Adam upon them, by the fastest way that the backend has. */
export function createAdam(tfjs: typeof tf, specs: readonly WeightSpec[], start: AdamState): Adam {
  const native = nativeOf(tfjs);
  return native === undefined ? portableAdam(tfjs, specs, start) : nativeAdam(tfjs, native, specs, start);
}
