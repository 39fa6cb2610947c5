import type * as tf from "@tensorflow/tfjs";

/** TensorFlow's C library below tfjs-node: raw operations, of which tfjs itself offers only a part. */
export interface Native {
  /** Runs an operation and gives its outputs, which count as tensors of tfjs. */
  run(op: string, attributes: readonly Attribute[], inputs: readonly tf.Tensor[], outputs: number): tf.Tensor[];
  /** The attribute that says that numbers are float32. */
  float(name: string): Attribute;
  bool(name: string, value: boolean): Attribute;
  number(name: string, value: number): Attribute;
  text(name: string, value: string): Attribute;
  shape(name: string, value: readonly number[]): Attribute;
}

/** An attribute of an operation as the binding takes it. */
export interface Attribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

/** What is used of tfjs-node's backend, whose types are not public. */
interface NativeBackend {
  readonly binding: Readonly<Record<`TF_ATTR_${"TYPE" | "BOOL" | "FLOAT" | "STRING" | "SHAPE"}` | "TF_FLOAT", number>>;
  executeMultipleOutputs: Native["run"];
}

/** The native library where it is the backend, else undefined. */
export function nativeOf(tfjs: typeof tf): Native | undefined {
  if (tfjs.getBackend() !== "tensorflow") return undefined;
  const backend = tfjs.backend() as unknown as NativeBackend;
  const { TF_ATTR_TYPE, TF_ATTR_BOOL, TF_ATTR_FLOAT, TF_ATTR_STRING, TF_ATTR_SHAPE, TF_FLOAT } = backend.binding;
  return {
    run: (op, attributes, inputs, outputs) => backend.executeMultipleOutputs(op, attributes, inputs, outputs),
    float: (name) => ({ name, type: TF_ATTR_TYPE, value: TF_FLOAT }),
    bool: (name, value) => ({ name, type: TF_ATTR_BOOL, value }),
    number: (name, value) => ({ name, type: TF_ATTR_FLOAT, value }),
    text: (name, value) => ({ name, type: TF_ATTR_STRING, value }),
    shape: (name, value) => ({ name, type: TF_ATTR_SHAPE, value }),
  };
}
