import type { PaperData, PaperResult, PaperValue } from "./paper";

/**
 * Every figure, table and claim of the paper (doi:10.1002/widm.1495) with what it reports, from its abstract and the
 * settings of its public research code. Notebooks give our value for each by `paperTable`.
 */
export const paperResults: readonly PaperResult[] = [
  ...general(),
  ...experiment("chest"),
  ...experiment("glaucoma"),
  ...experiment("cervix"),
  ...headline(),
  ...chestNetworks(),
  ...chestPrivatizers(),
];

type Place = Pick<PaperResult, "notebook" | "data">;

function general(): PaperResult[] {
  const compress = { notebook: "compress", data: "none" } as const;
  const performance = { notebook: "performance", data: "none" } as const;
  const privacy = { notebook: "privacy", data: "chest" } as const;
  const chest = { notebook: "chest", data: "chest" } as const;
  return [
    claim("claim1", "compression preserves, obscures or removes each kind of information", compress),
    claim(
      "claim2",
      "it compresses without learning: edges apart by scale and orientation, their place obscured",
      compress,
    ),
    claim("claim3", "the settings (J, P) alone say which spatial and edge detail is gone", compress),
    figure("wavelet-mosaic", "mosaic of the wavelet packet for several wavelets", compress),
    figure("reconstruction-grid", "reconstructions over (J, P) beside the original", compress),
    figure("ssim-grid", "the same grid as maps of SSIM", compress),
    figure("on-disk-ratio", "on-disk ratio over (J, P), % (JPEG of quality 95)", compress),
    claim("claim4", "spatial and edge bias are explained from the embedding alone, never the original image", chest),
    claim("claim5-reconstruction", "the original cannot be rebuilt", privacy),
    claim("claim5-reidentification", "re-identification of patients is mitigated", privacy),
    claim("claim6", "images a second, 320x320, on a laptop", performance, reported(1700, 0)),
    ...throughputs(performance),
    ...epochs(performance),
    claim(
      "claim7-speed",
      "how many times faster an MLP on embeddings is end to end than a deep network",
      performance,
      reported(70, 0),
    ),
    claim("claim7-batch", "how many times larger its batches can be", performance, reported(100, 0)),
    figure("mlp-normalisation", "the MLP's normalisations: none, batch norm, zero mean, whitening", chest),
    figure("mlp-attention", "the MLP's attentions: VecAttn, softmax, log-softmax", chest),
  ];
}

function throughputs(place: Place): PaperResult[] {
  const settings = [
    [6, 5],
    [2, 19],
    [1, 1],
    [1, 160],
  ] as const;
  return [
    ...settings.map(([J, P]) =>
      figure(`throughput-J${J}-P${P}`, `images a second through the encoder at J=${J}, P=${P}`, place),
    ),
    figure("throughput-no-encoder", "images a second without encoder", place),
  ];
}

function epochs(place: Place): PaperResult[] {
  return [
    figure("epoch-seconds-mlp", "seconds an epoch, end to end: MLP on embeddings, batches of 600 to 1,350", place),
    figure("epoch-seconds-resnet18", "seconds an epoch, end to end: ResNet-18, batches of 55", place),
    figure("epoch-seconds-densenet121", "seconds an epoch, end to end: DenseNet-121, batches of 10", place),
  ];
}

/** What each of the three experiments draws. */
function experiment(data: Exclude<PaperData, "none">): PaperResult[] {
  const place = { notebook: data, data };
  const draw = (id: string, what: string): PaperResult => figure(`${data}-${id}`, what, place);
  return [
    draw("auc-map", "test AUC over (J, P), the deep network alone as reference"),
    draw("ssim-map", "SSIM of original and reconstruction over (J, P)"),
    draw(
      "reidentification-map",
      "Kolmogorov-Smirnov statistic of same-patient and different-patient distances over (J, P)",
    ),
    draw("ratio-map", "in-memory ratio over (J, P), %"),
    draw("auc-against-ratio", "test AUC against in-memory ratio"),
    draw("privatizers", "in-memory ratio against SSIM and AUC for DeepFixCX, blur and median pooling"),
    draw(
      "spatial-bias",
      "attributions in image space over the reconstruction, by class and cell of the confusion matrix",
    ),
    draw("edge-bias", "attributions by edge scale and orientation, stacked by class"),
    draw("class-clusters", "clustering (Ward) of the classes by their attribution maps"),
    draw("vecattn", "the MLP's VecAttn weights as a global explanation"),
    draw("repeats", "headline settings repeated 6 times: interval and Kruskal-Wallis p"),
    claim(`claim9-${data}`, "under 5 % of the numbers match or improve the AUC", place),
  ];
}

/** The table of headline settings: AUC, in-memory ratio, SSIM and seconds an epoch. */
function headline(): PaperResult[] {
  return [
    ...row("chest", "densenet121", [0.868, 0.006], 645),
    ...row("chest", "J1-P79-densenet121", [0.867, 0.006], 217, [24, 0], 0.717),
    ...row("chest", "J1-P19-densenet121", [0.855], undefined, [1.41, 2], 0.67),
    ...row("glaucoma", "resnet18", [0.924, 0.026], 11),
    ...row("glaucoma", "J4-P5-resnet18", [0.947, 0.015], 6, [11.1, 1], 0.971),
    ...row("glaucoma", "J2-P5-resnet18", [0.942], undefined, [0.694, 3], 0.975),
    ...row("cervix", "resnet18", [0.741, 0.014], 37),
    ...row("cervix", "J5-P5-resnet18", [0.763, 0.009], 36, [85, 0], 0.558),
    ...row("cervix", "J1-P7-resnet18", [0.74], undefined, [0.653, 3], 0.807),
    claim("claim8-glaucoma", "gain of AUC by DeepFixCX in front of ResNet-18", at("glaucoma"), reported(0.02, 2)),
    claim("claim8-cervix", "gain of AUC by DeepFixCX in front of ResNet-18", at("cervix"), reported(0.02, 2)),
    claim("claim8-chest", "settings of 10 that DeepFixCX improves", at("chest"), reported(7, 0)),
  ];
}

function row(
  data: Exclude<PaperData, "none">,
  name: string,
  [auc, half]: readonly [auc: number, half?: number],
  seconds?: number,
  ratio?: readonly [value: number, digits: number],
  ssim?: number,
): PaperResult[] {
  const place = at(data);
  const entry = (measure: string, what: string, paper: PaperValue): PaperResult =>
    table(`${data}-${name}-${measure}`, `${inWords(name)}: ${what}`, place, paper);
  return [
    entry("auc", "test AUC", reported(auc, 3, half)),
    ...(ratio === undefined
      ? []
      : [{ ...entry("ratio", "in-memory ratio, %", reported(...ratio)), exact: true as const }]),
    ...(ssim === undefined ? [] : [entry("ssim", "SSIM", reported(ssim, 3))]),
    ...(seconds === undefined ? [] : [entry("epoch-seconds", "seconds an epoch", reported(seconds, 0))]),
  ];
}

/** Other deep networks on chest X-rays, without and with DeepFixCX. */
function chestNetworks(): PaperResult[] {
  const networks = [
    ["densenet121", "DenseNet-121", 0.868, 0.876, 115],
    ["efficientnet-b0", "EfficientNet-B0", 0.874, 0.871, 160],
    ["efficientnetv2-m", "EfficientNetV2-M", 0.869, 0.869, 115],
    ["mdmlp", "MDMLP", 0.831, 0.848, 79],
    ["volo-d1", "VOLO-D1", 0.805, 0.837, 115],
    ["coatnet-1", "CoAtNet-1", 0.828, 0.831, 160],
    ["vip-s7", "ViP-S7", 0.801, 0.801, 115],
  ] as const;
  return networks.flatMap(([id, name, without, withIt, P]) => [
    table(`chest-networks-${id}`, `${name} alone: test AUC`, at("chest"), reported(without, 3)),
    table(`chest-networks-J1-P${P}-${id}`, `J=1, P=${P} + ${name}: test AUC`, at("chest"), reported(withIt, 3)),
  ]);
}

/** Blur and median pooling in front of EfficientNet-B0, each beside the nearest setting of level 1. */
function chestPrivatizers(): PaperResult[] {
  const filters = [
    ["blur", 4, 0.856, 0.883, 80],
    ["blur", 8, 0.854, 0.855, 40],
    ["blur", 16, 0.792, 0.843, 20],
    ["blur", 32, 0.757, 0.826, 10],
    ["blur", 64, 0.741, 0.785, 5],
    ["median", 3, 0.859, 0.883, 80],
    ["median", 5, 0.854, 0.883, 80],
    ["median", 9, 0.858, 0.855, 40],
    ["median", 15, 0.85, 0.855, 40],
    ["median", 25, 0.831, 0.84, 18],
    ["median", 50, 0.8, 0.791, 6],
    ["median", 75, 0.761, 0.766, 4],
  ] as const;
  return filters.flatMap(([filter, K, auc, nearest, P]) => {
    const name = `${filter} pooling, K=${K}`;
    const network = "in front of EfficientNet-B0: test AUC";
    return [
      table(`chest-${filter}-K${K}`, `${name}, ${network}`, at("chest"), reported(auc, 3)),
      table(
        `chest-${filter}-K${K}-nearest`,
        `J=1, P=${P}, the nearest to ${name}, ${network}`,
        at("chest"),
        reported(nearest, 3),
      ),
    ];
  });
}

function at(data: Exclude<PaperData, "none">): Place {
  return { notebook: data, data };
}

function reported(value: number, digits: number, half?: number): PaperValue {
  return { value, digits, ...(half === undefined ? {} : { low: value - half, high: value + half }) };
}

/** `J4-P5-resnet18` as a reader says it. */
function inWords(name: string): string {
  const found = /^J(\d+)-P(\d+)-(.*)$/.exec(name);
  const network = (id: string): string => (id === "resnet18" ? "ResNet-18" : "DenseNet-121");
  return found === null ? `${network(name)} alone` : `J=${found[1]}, P=${found[2]} + ${network(found[3] as string)}`;
}

function figure(id: string, what: string, place: Place): PaperResult {
  return { id, kind: "figure", what, ...place };
}

function claim(id: string, what: string, place: Place, paper?: PaperValue): PaperResult {
  return { id, kind: "claim", what, ...place, ...(paper === undefined ? {} : { paper }) };
}

function table(id: string, what: string, place: Place, paper: PaperValue): PaperResult {
  return { id, kind: "table", what, ...place, paper };
}
