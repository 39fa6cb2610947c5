import { compressExact } from "./exact";
import { compressFloat } from "./float";
import { compressHaar } from "./haar";
import { compressLattice } from "./lattice";
import { Plan, Task } from "./plan";
import { rebuildChannel } from "./rebuild";

/**
 * Does a task with channels that lie behind each other.
 *
 * @param task - a Plan or a Rebuild
 * @param input - pixels `[channel, row, col]`, or pooled values `[channel, subBand, patchRow, patchCol, pooling]`
 * @param out - the other of the two
 * @param scratch - the bytes that the task asks for, aligned to 16
 */
export function run(task: usize, input: usize, out: usize, scratch: usize, channels: i32): void {
  const shape = changetype<Task>(task);
  if (shape.operation == 0) clearPadded(changetype<Plan>(task), out, channels);
  for (let channel = 0; channel < channels; channel++) {
    if (shape.operation == 1) rebuildChannel(task, input, out, scratch);
    else if (changetype<Plan>(task).kernel == 1) compressHaar(task, input, out, scratch);
    else if (changetype<Plan>(task).kernel == 2) compressLattice(task, input, out, scratch);
    else if (changetype<Plan>(task).kernel == 3) compressExact(task, input, out, scratch);
    else compressFloat(task, input, out, scratch);
    input += shape.inputBytes;
    out += shape.outBytes;
  }
}

/** Where there is padding, whole patches may consist of it, and nobody writes them. */
function clearPadded(plan: Plan, out: usize, channels: i32): void {
  const padded = plan.gridRows * plan.patchRows > plan.leafRows || plan.gridCols * plan.patchCols > plan.leafCols;
  if (padded) memory.fill(out, 0, plan.outBytes * <usize>channels);
}
