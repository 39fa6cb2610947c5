import { createImages } from "../compress/results";
import { DataError } from "../core/errors";
import { type Images, checkImages, inBrief, isStream } from "../core/images";
import type { Shown } from "../display/show";
import { joinImages } from "./readImages";

/**
 * All images of a stream in memory, in their order.
 *
 * @param batches - images of one shape and kind, for instance a data set's `images(ids)`
 * @throws DataError when this is no stream, it is empty, or an id comes twice
 * @example
 * const few = await collectImages(dataset.images(dataset.labels.ids.slice(0, 10)));
 */
export async function collectImages(batches: AsyncIterable<Images>): Promise<Images & Shown> {
  if (!isStream(batches)) {
    throw new DataError({
      where: "collectImages",
      required: "a stream of images",
      got: inBrief(batches),
      remedy:
        "give dataset.images() or await streamImages(path); what await readImages(path) gives is in memory already",
    });
  }
  const collected: Images[] = [];
  for await (const batch of batches) collected.push(batch);
  const images = await joinImages(collected);
  checkImages(images, "collectImages");
  return createImages(images);
}
