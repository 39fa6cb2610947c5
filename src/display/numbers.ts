/** A number in words for tables, scales and labels: as many digits as asked for, else up to three behind the point. */
export function formatNumber(value: number, digits: number = neededDigits([value])): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "infinite" : "-infinite";
  const rounds = Number(value.toFixed(digits)) === 0;
  if (rounds && value !== 0) return value.toExponential(1); // 0.000 would hide that it is not zero
  if (Math.abs(value) >= 1e15) return value.toExponential(3);
  return (rounds ? 0 : value).toLocaleString("en-US", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
    useGrouping: Math.abs(value) >= 10_000, // years stay years
  });
}

/** The fewest digits behind the point, up to three, that show all of these numbers. */
export function neededDigits(values: readonly number[]): number {
  const finite = values.filter(Number.isFinite);
  return [0, 1, 2].find((digits) => finite.every((value) => Number(value.toFixed(digits)) === value)) ?? 3;
}
