import path from "node:path";

/** The checkout this file belongs to. */
export const repositoryDirectory = path.resolve(import.meta.dirname, "..");

/**
 * Everything the lab writes: `cache/` survives, `run/` holds what is up now, `log/` the last run's logs.
 *
 * BUILDX_LAB_DIRECTORY moves it, for a checkout on a file system mounted nosuid or nodev.
 */
export const labDirectory = path.resolve(
  process.env.BUILDX_LAB_DIRECTORY ?? path.join(repositoryDirectory, ".lab"),
);
export const cacheDirectory = path.join(labDirectory, "cache");
export const logDirectory = path.join(labDirectory, "log");

/** The machine that is meant where no number is given. BUILDX_LAB_INSTANCE lets several labs be up at once. */
export const ownInstance = Number(process.env.BUILDX_LAB_INSTANCE ?? 0);

const numbered = (name: string): string => (ownInstance === 0 ? name : `${name}-${ownInstance}`);

/** Holds what one part of the lab keeps while it is up. */
export const runDirectory = (part: string): string => path.join(labDirectory, "run", numbered(part));

/** Content of the mirrors of Docker Hub, of all labs. It is kept: what was pushed once is not pushed again. */
export const mirrorDirectory = path.join(cacheDirectory, "mirror");

/** The Node.js this project is pinned to: helper processes are TypeScript files, which an older one cannot run. */
export const nodeBinary = path.join(repositoryDirectory, "node_modules/.bin/node");
