import type { ZodType } from "zod";
import type { Embedding } from "../compress/embedding";
import type { Guarantee } from "../compress/noise/guarantee";
import { poolings } from "../compress/settings";
import { waveletNames } from "../compress/wavelets";
import { DataError } from "../core/errors";
import { versions, zod } from "../core/packages";
import type { ReadSettings } from "./readSettings";

/** What a file of embeddings tells of all of them. */
export type EmbeddingFacts = Pick<Embedding, "settings" | "imageShape" | "guarantee">;

/** Everything but the numbers, as it stands in a file. */
function schema(): ZodType<Omit<EmbeddingFacts, "guarantee"> & { guarantee?: Guarantee | undefined }> {
  const { z } = zod();
  const side = z.number().int().min(1);
  return z.object({
    settings: z.object({
      level: side,
      patchGrid: z.tuple([side, side]),
      wavelet: z.enum(waveletNames),
      pooling: z.array(z.enum(poolings)).min(1),
    }),
    imageShape: z.tuple([side, side, side]),
    guarantee: z
      .discriminatedUnion("kind", [
        z.object({
          kind: z.literal("differential privacy"),
          epsilon: z.number(),
          delta: z.number(),
          words: z.string(),
        }),
        z.object({ kind: z.literal("none"), words: z.string() }),
      ])
      .optional(),
  });
}

/** The key of a Parquet file's metadata under which the facts stand. */
export const factsKey = "deepfixcx";

/** Facts as they are written: where files were compressed, also how they became pixels. */
export type WrittenFacts = EmbeddingFacts & { readonly read?: ReadSettings };

/** Facts as JSON, with the version of the package that computed them. */
export function factsJson(facts: WrittenFacts): string {
  return JSON.stringify({ version: versions().deepfixcx, ...facts });
}

/**
 * Reads settings, image shape and guarantee from the JSON that is kept with embeddings.
 *
 * @throws DataError naming the file, when it is something else
 */
export function parseFacts(json: string | undefined, file: string, where: string): EmbeddingFacts {
  try {
    const { guarantee, ...facts } = schema().parse(JSON.parse(json ?? ""));
    return { ...facts, ...(guarantee === undefined ? {} : { guarantee }) };
  } catch (cause) {
    const required = "the settings with which its images were compressed";
    const got = json === undefined ? "none" : "something else";
    throw new DataError({ where, file, required, got }, { cause });
  }
}
