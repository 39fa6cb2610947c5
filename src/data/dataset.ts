import type { DataFrame } from "danfojs-node";
import { DataError } from "../core/errors";
import { showAs, type Shown } from "../display/show";
import type { Table } from "../display/view";
import { countClasses, makeLabels, type Groups, type Labels, type Split } from "./labels";
import type { ImageStream } from "./readImages";
import { makeTable, type TableColumn } from "./table";

/** Options of a data set's `images`. */
export interface ImagesOptions {
  /** Images in one batch; default 64. */
  readonly batchSize?: number;
}

/** Images with labels, from files or made by this package. */
export interface Dataset {
  readonly name: string;
  /** True when the images were made by this package and show nobody. */
  readonly synthetic: boolean;
  /** One row an image: its id, patient and labels, and what else the source says of it. */
  readonly table: DataFrame;
  readonly labels: Labels;
  /** The patient of every image by id, where the source tells. */
  readonly groups?: Groups;
  /** The file of every image by id, where each image is a file of its own. */
  readonly files?: Readonly<Record<string, string>>;
  /** The source's own split, where it has one. */
  readonly split?: Split;
  /** Where it comes from and under which licence. */
  readonly source: string;
  /** What a user must know, for instance duplicates that were found. */
  readonly notes: readonly string[];
  /**
   * The images in batches, all of them or those of `ids` in that order.
   *
   * @throws DataError when an id is not of this data set
   */
  images(ids?: readonly string[], options?: ImagesOptions): ImageStream;
}

/** What a reader knows when it makes a data set. */
export interface DatasetParts {
  readonly name: string;
  readonly synthetic: boolean;
  readonly labels: Labels;
  readonly groups?: Groups;
  readonly files?: Readonly<Record<string, string>>;
  readonly split?: Split;
  readonly source: string;
  readonly notes?: readonly string[];
  /** Columns of the table beside id, patient and the labels. */
  readonly columns?: Readonly<Record<string, TableColumn>>;
  /** Streams known ids. */
  readonly stream: (ids: readonly string[], options: ImagesOptions) => ImageStream;
}

/** Makes a data set, with `extra` members of its kind, that shows itself as a table; the data frame is built when it is first asked for. */
export function makeDataset<T extends object = object>(parts: DatasetParts, extra?: T): Dataset & T & Shown {
  const { name, synthetic, groups, files, split, source, notes = [], stream } = parts;
  const labels = makeLabels(parts.labels);
  const known = new Set(labels.ids);
  let table: DataFrame | undefined;
  const dataset: Dataset = {
    name,
    synthetic,
    labels,
    ...(groups === undefined ? {} : { groups }),
    ...(files === undefined ? {} : { files }),
    ...(split === undefined ? {} : { split }),
    source,
    notes,
    get table(): DataFrame {
      return (table ??= makeTable(tableColumns(parts)));
    },
    images(ids: readonly string[] = labels.ids, options: ImagesOptions = {}): ImageStream {
      const unknown = ids.find((id) => !known.has(id));
      if (unknown !== undefined) {
        throw new DataError({ where: `data set ${name}`, required: "ids of this data set", got: `"${unknown}"` });
      }
      return stream(ids, options);
    },
  };
  const shown = showAs(Object.assign(dataset, extra), {
    summary: () => summaryOf(dataset),
    view: () => viewOf(dataset),
  });
  return shown as Dataset & T & Shown;
}

function tableColumns({ labels, groups, columns = {} }: DatasetParts): Record<string, TableColumn> {
  const { ids, classes, values } = labels;
  const labelColumns = classes.map((name, k) => [name, ids.map((_, at) => values[at * classes.length + k] as number)]);
  return {
    id: ids,
    ...(groups === undefined ? {} : { patient: ids.map((id) => groups[id] ?? "") }),
    ...columns,
    ...(Object.fromEntries(labelColumns) as Record<string, number[]>),
  };
}

type Facts = Omit<Dataset, "table" | "images">;

function summaryOf(dataset: Facts): string {
  const { name, synthetic, labels, groups } = dataset;
  const patients = groups === undefined ? "" : ` of ${countPatients(groups)} patients`;
  const origin = synthetic ? "synthetic, " : "";
  return `Dataset ${name}: ${origin}${labels.ids.length} images${patients}, ${labels.kind}: ${labels.classes.join(", ")}`;
}

function viewOf(dataset: Facts): Table {
  const { labels, source, notes } = dataset;
  return {
    kind: "table",
    title: summaryOf(dataset),
    columns: [{ name: "class" }, { name: "with" }, { name: "without" }, { name: "uncertain" }],
    rows: countClasses(labels).map(({ name, present, absent, uncertain }) => [name, present, absent, uncertain]),
    note: [source, ...notes].join(" "),
  };
}

function countPatients(groups: Groups): number {
  return new Set(Object.values(groups)).size;
}
