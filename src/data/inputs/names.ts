/** Why a name is not taken, or undefined: line ends and other control characters break lists and terminals. */
export function refusalOfName(name: string): string | undefined {
  // eslint-disable-next-line no-control-regex
  const control = /[\u0000-\u001f\u007f]/.exec(name)?.[0];
  return control === undefined
    ? undefined
    : `a name without control characters, got ${JSON.stringify(control)} in it; rename it`;
}
