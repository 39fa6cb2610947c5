const most = 2 ** 30; // all that a Buffer holds

/** An array whose numbers are all still to be written: zeros would cost more than many results take to compute. */
export function unwritten(length: number): Float32Array {
  return length > most ? new Float32Array(length) : new Float32Array(Buffer.allocUnsafeSlow(4 * length).buffer);
}
