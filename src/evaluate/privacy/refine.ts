import type * as tf from "@tensorflow/tfjs";
import type { Images } from "../../core/images";
import { tensorflow } from "../../core/packages";
import type { WeightSpec } from "../../train/weights";
import {
  type DecoderOptions,
  drawn,
  fitPictures,
  folded,
  makePictures,
  pictureTensor,
  unfolded,
  zero,
} from "./fitPictures";

const width = 32;

/**
 * Makes rough pictures better by what pictures of this kind look like: a convolutional network of three 3x3 layers, some
 * 11 thousand weights, adds to each what is missing. It learns on the attacker's own images, whose rough pictures must
 * have been made without them, else it would trust rough pictures too much.
 *
 * @param rough - of the attacker's images, square with an even side
 * @param pictures - what these images really show
 * @param attacked - rough pictures of other patients
 */
export async function refinePictures(
  rough: Images,
  pictures: Images,
  attacked: Images,
  options: DecoderOptions = {},
): Promise<Images> {
  const tfjs = await tensorflow();
  const [, channels, side] = pictures.shape;
  const specs = weightSpecs(channels);
  const weights = await fitPictures(tfjs, { specs, forward: refiner(tfjs, rough) }, pictures, options);
  return makePictures(tfjs, refiner(tfjs, attacked), weights, attacked.ids, [channels, side]);
}

function refiner(
  tfjs: typeof tf,
  rough: Images,
): (weights: readonly tf.Tensor[], rows: readonly number[]) => tf.Tensor4D {
  const side = rough.shape[2];
  return (weights, rows) => {
    const [kernel1, bias1, kernel2, bias2, kernel3, bias3] = weights as [
      tf.Tensor4D,
      tf.Tensor1D,
      tf.Tensor4D,
      tf.Tensor1D,
      tf.Tensor4D,
      tf.Tensor1D,
    ];
    const given = pictureTensor(tfjs, rough, rows);
    const first = tfjs.relu(tfjs.conv2d(folded(given, side / 2), kernel1, 1, "same").add(bias1)) as tf.Tensor4D;
    const second = tfjs.relu(tfjs.conv2d(first, kernel2, 1, "same").add(bias2)) as tf.Tensor4D;
    return unfolded(tfjs.conv2d(second, kernel3, 1, "same").add(bias3), side).add<tf.Tensor4D>(given);
  };
}

function weightSpecs(channels: number): WeightSpec[] {
  return [
    drawn("convolution1", [3, 3, 4 * channels, width], 36 * channels),
    zero("bias1", [width]),
    drawn("convolution2", [3, 3, width, width], 9 * width),
    zero("bias2", [width]),
    drawn("convolution3", [3, 3, width, 4 * channels], 9 * width, 0.01), // starts near the rough picture
    zero("bias3", [4 * channels]),
  ];
}
