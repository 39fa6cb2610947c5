/** A Python wheel of TensorFlow whose C library this package uses. */
export interface Wheel {
  /** Its name in the Python package index. */
  readonly package: string;
  readonly version: string;
  /** The platform tag in its file name. */
  readonly platform: string;
  readonly sha256: string;
}

const version = "2.21.0";

/** The wheels for CPython 3.11, by Node's platform and architecture. TensorFlow builds none for Intel Macs any more. */
const wheels: Readonly<Record<string, Wheel>> = {
  "linux-x64": {
    package: "tensorflow-cpu",
    version,
    platform: "manylinux_2_27_x86_64",
    sha256: "2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c",
  },
  "linux-arm64": {
    package: "tensorflow",
    version,
    platform: "manylinux_2_27_aarch64",
    sha256: "4b24aca16d527a3cf1c37f720c04c484c3d20f4d0fdfa98632ac8b9f3be6eb5c",
  },
  "darwin-arm64": {
    package: "tensorflow",
    version,
    platform: "macosx_12_0_arm64",
    sha256: "51f46f4806139d01fc7920cc72a4c75876f80649bf40ff083ab6212ceb43ca88",
  },
};

/** The wheel for a platform such as `linux-x64`, or undefined where there is none. */
export function wheelFor(platform: string): Wheel | undefined {
  return wheels[platform];
}
