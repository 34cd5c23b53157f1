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

/** The Node.js this project is pinned to: helper processes are TypeScript files, which an older one cannot run. */
export const nodeBinary = path.join(repositoryDirectory, "node_modules/.bin/node");
