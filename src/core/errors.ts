/** What every error of this package tells: who asked, what was required, what arrived, and the way out where one is known. */
export interface Complaint {
  /** The public function, command or file format that refuses, for instance `"compress"`. */
  readonly where: string;
  /** What was required, as the words after `where:`, for instance `"level 6 needs sides of at least 64"`. */
  readonly required: string;
  /** What arrived instead, for instance `"48x48"`. */
  readonly got: string;
  /** The way out, as an instruction, for instance `"use level <= 5"`. */
  readonly remedy?: string;
  /** The file that the complaint is about. */
  readonly file?: string;
}

abstract class Refusal extends Error implements Complaint {
  readonly where: string;
  readonly required: string;
  readonly got: string;
  readonly remedy?: string;
  readonly file?: string;

  constructor(complaint: Complaint, options?: ErrorOptions) {
    super(sentence(complaint), options);
    this.where = complaint.where;
    this.required = complaint.required;
    this.got = complaint.got;
    if (complaint.remedy !== undefined) this.remedy = complaint.remedy;
    if (complaint.file !== undefined) this.file = complaint.file;
  }
}

/** Arrays or images whose lengths or sides do not fit what was asked of them. */
export class ShapeError extends Refusal {
  override readonly name = "ShapeError";
}

/** An option whose value is not allowed; the message names the option. */
export class OptionError extends Refusal {
  override readonly name = "OptionError";
}

/** Data that cannot be used: an unreadable file, a missing label, a duplicate id; the message names the file or id. */
export class DataError extends Refusal {
  override readonly name = "DataError";
}

function sentence({ where, required, got, remedy, file }: Complaint): string {
  const subject = file === undefined ? where : `${where}: ${file}`;
  return `${subject}: ${required}, got ${got}${remedy === undefined ? "" : `; ${remedy}`}`;
}
