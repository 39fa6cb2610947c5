// Baseline JPEG (ITU-T T.81) to planar pixels, in AssemblyScript. It decodes the regular case only, bit for bit as
// libjpeg-turbo does with its accurate inverse DCT and smooth upsampling; at the slightest irregularity it returns a
// status other than 0 and the caller hands the file to sharp.
export { getComponents, getHeight, getOrientation, getResult, getWidth, keep, reserve } from "./jpegState";
export { readHeader } from "./jpegHeader";
export { decode } from "./jpegScan";
