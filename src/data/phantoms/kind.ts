import type { Random } from "../../core/random";
import type { Canvas } from "./canvas";

/** A picture under way: the healthy body, into which classes are planted before it is taken. */
export interface Scene {
  readonly canvas: Canvas;
  /** `[row, col]`, 0..1: where disease can be; drawn when asked for. */
  readonly organ: () => Float32Array;
  /** Draws a class, by its place in the kind's list; `random` decides where and how much. */
  readonly plant: (k: number, random: Random) => void;
  /** Exposure and noise, at the end. */
  readonly take: () => void;
}

/** A class that phantoms of a kind can have. */
export interface PhantomClass {
  readonly name: string;
  /** Share of images with it. */
  readonly present: number;
  /** Share of images whose label is uncertain. */
  readonly uncertain: number;
}

/** A set of phantoms: what is in the pictures and how often. */
export interface PhantomKind {
  readonly title: string;
  readonly channels: 1 | 3;
  readonly size: readonly [rows: number, cols: number];
  /** `multi`: findings that come and go alone; `single`: exactly one class an image, the first of them the reference. */
  readonly labels: "multi" | "single";
  readonly classes: readonly PhantomClass[];
  /** Share of wrong labels. */
  readonly labelNoise: number;
  /** The id of an image: a path as in the original's layout. */
  readonly id: (patient: number, study: number, image: number, className: string) => string;
  /**
   * The healthy body: `person` decides the anatomy, `picture` how it lies before the camera and how it is taken; the
   * canvas takes the memory of `pixels` where it is given.
   */
  readonly draw: (
    size: readonly [rows: number, cols: number],
    person: Random,
    picture: Random,
    pixels?: Float32Array,
  ) => Scene;
}
