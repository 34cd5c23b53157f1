/** Candidates: what one commit's build jobs push, one for each image, or for each cell of its matrix. */
import type { ImageConfig } from "../config/images.ts";
import type { JobName } from "./model.ts";

/** Every combination of a matrix's values, joined as tags have them; none for an image without a matrix. */
export function cellsOf(image: Pick<ImageConfig, "matrix">): readonly string[] {
  if (!image.matrix) return [];
  return Object.values(image.matrix).reduce<string[]>(
    (cells, values) =>
      cells.flatMap((cell) => values.map((value) => (cell === "" ? value : `${cell}-${value}`))),
    [""],
  );
}

/**
 * Names of an image's candidates, as scripts and the artifact `candidates/*.txt` have them: `app`, or `app/3.12` for
 * the cell of a matrix.
 */
export const candidatesOf = (image: Pick<ImageConfig, "name" | "matrix">): readonly string[] =>
  image.matrix ? cellsOf(image).map((cell) => `${image.name}/${cell}`) : [image.name];

/** The jobs whose artifacts say which candidates there are. */
export const buildJobs = (images: readonly ImageConfig[]): readonly JobName[] => [
  ...(images.some((image) => !image.matrix) ? (["docker-build"] as const) : []),
  ...images.filter((image) => image.matrix).map((image): JobName => `build-and-push-${image.name}`),
];
