import { createImages } from "../compress/results";
import type { Images } from "../core/images";
import type { Shown } from "../display/show";
import { joinImages } from "./readImages";

/**
 * All images of a stream in memory, in their order.
 *
 * @param batches - images of one shape and kind, for instance a data set's `images(ids)`
 * @throws DataError when the stream is empty, or an id comes twice
 * @example
 * const few = await collectImages(dataset.images(dataset.labels.ids.slice(0, 10)));
 */
export async function collectImages(batches: AsyncIterable<Images>): Promise<Images & Shown> {
  const collected: Images[] = [];
  for await (const batch of batches) collected.push(batch);
  return createImages(joinImages(collected), "collectImages");
}
