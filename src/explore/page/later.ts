const restMs = 150;

/** Work that waits until the sliders rest, so that they stay light; only the latest is done. */
export function whenAtRest<T>(work: (value: T) => void): (value: T) => void {
  let waiting: ReturnType<typeof setTimeout> | undefined;
  return (value) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => work(value), restMs);
  };
}
