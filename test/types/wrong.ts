// Each marked line holds one mistake that the kernel's compiler must find.
import { compress, evaluate, lineChart, type Embedding, type Images } from "deepfixcx";

async function cells(images: Images) {
  const embedding = await compress(images, { level: "two", patchGrid: 19 }); // wrong: level is a number
  const text: string = embedding.values; // wrong: a Float32Array is no string
  const shape: [number, number] = embedding.shape; // wrong: six axes
  evaluate(embedding, images); // wrong: neither predictions nor labels
  lineChart([], { title: "no axes" }); // wrong: x and y are missing
  const pooled: Embedding = { ...embedding, settings: { ...embedding.settings, pooling: ["mean"] } }; // wrong: no such pooling
}
