import type { Download } from "./download";

/** What a person needs to know to get a data set, and this package to check it. */
export interface Source {
  readonly title: string;
  readonly licence: string;
  /** The folder below the data folder. */
  readonly folder: string;
  /** For data that anyone may fetch. */
  readonly download?: Download & { readonly file: string };
  /** For data behind a login: what to do, step by step. */
  readonly steps?: readonly string[];
  /** What must be there: a folder or table below `folder`, and how many images or rows it holds. */
  readonly counts: readonly Count[];
}

/** A number that is checked once the data are there. */
export interface Count {
  readonly what: string;
  /** Image files below this folder (or folders, with one `*`), rows of a .csv, or first axis of an .npy. */
  readonly path: string;
  readonly expected: number;
}

function medmnist(name: string, md5: string, counts: readonly [number, number, number]): Source {
  const parts = ["train", "val", "test"] as const;
  return {
    title: `MedMNIST ${name} (Yang et al. 2023, doi:10.5281/zenodo.10519652)`,
    licence: "CC BY 4.0",
    folder: "medmnist",
    download: {
      url: `https://zenodo.org/records/10519652/files/${name}.npz?download=1`,
      md5,
      file: `${name}.npz`,
    },
    counts: parts.map((part, k) => ({
      what: `${part} images`,
      path: `${name}/${part}_images.npy`,
      expected: counts[k] as number,
    })),
  };
}

/** The data sets that `deepfixcx data NAME` knows. */
export const catalog: Readonly<Record<string, Source>> = {
  "kim-eye": {
    title: "Kim's Eye Hospital, glaucoma (Harvard Dataverse, doi:10.7910/DVN/1YRRAC)",
    licence: "as stated on the page of the data set at Harvard Dataverse",
    folder: "kim-eye",
    download: {
      url: "https://dataverse.harvard.edu/api/access/datafile/:persistentId?persistentId=doi:10.7910/DVN/1YRRAC/OGRSQO",
      md5: "305f29a31a7db2c9bd5536b9c077a09e",
      file: "kim-eye.zip",
    },
    counts: [
      { what: "normal", path: "normal_control", expected: 788 },
      { what: "early glaucoma", path: "early_glaucoma", expected: 289 },
      { what: "advanced glaucoma", path: "advanced_glaucoma", expected: 467 },
    ],
  },
  mobileodt: {
    title: "Intel & MobileODT Cervical Cancer Screening (Kaggle 2017)",
    licence: "the contest's rules, which you accept at Kaggle",
    folder: "mobileodt",
    steps: [
      "Make an account at kaggle.com and sign in.",
      "Open kaggle.com/competitions/intel-mobileodt-cervical-cancer-screening and accept the rules under Data.",
      "Download train, additional_Type_1_v2, additional_Type_2_v2, additional_Type_3_v2, test and solution_stg1_release.csv.",
      "Unpack them so that FOLDER/train/train/Type_1, FOLDER/additional_Type_1_v2/Type_1 and FOLDER/test/test hold images.",
      "Put solution_stg1_release.csv into FOLDER, and type this command again.",
    ],
    counts: [
      { what: "train", path: "train/train", expected: 1481 },
      { what: "additional", path: "additional_Type_*_v2", expected: 6734 },
      { what: "test labels", path: "solution_stg1_release.csv", expected: 512 },
      { what: "test", path: "test/test", expected: 512 },
    ],
  },
  "chexpert-small": {
    title: "CheXpert-v1.0-small, chest X-rays (Irvin et al. 2019)",
    licence: "Stanford AIMI's research use agreement, which you sign when you register",
    folder: "chexpert-small",
    steps: [
      "Open stanfordmlgroup.github.io/competitions/chexpert and register with Stanford AIMI.",
      "Follow the link in the e-mail and download CheXpert-v1.0-small (about 11 GB).",
      "Unpack it so that FOLDER/CheXpert-v1.0-small/train.csv is there, and type this command again.",
    ],
    // Irvin et al. 2019: 224,316 images, of which 668 were never released; valid.csv has 234.
    counts: [
      { what: "train rows", path: "CheXpert-v1.0-small/train.csv", expected: 223414 },
      { what: "test rows", path: "CheXpert-v1.0-small/valid.csv", expected: 234 },
      { what: "train images", path: "CheXpert-v1.0-small/train", expected: 223414 },
      { what: "test images", path: "CheXpert-v1.0-small/valid", expected: 234 },
    ],
  },
  chestmnist_224: medmnist("chestmnist_224", "45bd33e6f06c3e8cdb481c74a89152aa", [78468, 11219, 22433]),
  pneumoniamnist_224: medmnist("pneumoniamnist_224", "d6a3c71de1b945ea11211b03746c1fe1", [4708, 524, 624]),
  retinamnist_224: medmnist("retinamnist_224", "eae7e3b6f3fcbda4ae613ebdcbe35348", [1080, 120, 400]),
  breastmnist_224: medmnist("breastmnist_224", "b56378a6eefa9fed602bb16d192d4c8b", [546, 78, 156]),
};
