/** Where the image's packages come from, and what state of it. */
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { carriedOptions, findMirrors, type Mirrors } from "../lab/machine/apt.ts";
import { run } from "../lab/run.ts";
import { BakeError } from "./error.ts";

/** Debian's release that images are made of. */
export const SUITE = "trixie";

/** One suite of the mirror at one time: its packages are exactly what its signed Release file names. */
export interface Release {
  readonly suite: string;
  /** As the file has it: `Sat, 21 Nov 2026 09:21:07 UTC`. */
  readonly date: string;
  readonly sha256: string;
}

export interface Source {
  readonly mirrors: Mirrors;
  /** Lines of an apt.conf file that this computer needs to reach them. */
  readonly aptOptions: readonly string[];
  readonly releases: readonly Release[];
}

/**
 * The mirrors and the state they are in now. An address of Debian's archive of snapshots makes the state of any
 * day the same again.
 *
 * @param mirror instead of this computer's own; its security archive goes with it.
 * @throws BakeError when a mirror does not answer.
 */
export async function readSource(mirror?: Mirrors): Promise<Source> {
  const mirrors = mirror ?? (await findMirrors());
  const aptOptions = await carriedOptions();
  const suites = suitesOf(mirrors);
  const work = await mkdtemp(path.join(tmpdir(), "buildx-bake-"));
  try {
    const releases = [];
    for (const { suite, address } of suites) releases.push(await readRelease(work, suite, address));
    return { mirrors, aptOptions, releases };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Each suite that an image is made of, with its archive's address. */
export function suitesOf(mirrors: Mirrors): { suite: string; address: string }[] {
  const { main, security } = mirrors;
  return [
    { suite: SUITE, address: main },
    { suite: `${SUITE}-updates`, address: main },
    ...(security === undefined ? [] : [{ suite: `${SUITE}-security`, address: security }]),
  ];
}

/**
 * Where machines of the image get their updates: where the image's packages came from.
 *
 * @throws BakeError for an address with credentials, which every machine would then hold.
 * @see https://manpages.debian.org/trixie/apt/sources.list.5.en.html#DEB822-STYLE_FORMAT
 */
export function aptSources({ main, security }: Mirrors): string {
  const archives = [
    { address: main, suites: `${SUITE} ${SUITE}-updates` },
    ...(security === undefined ? [] : [{ address: security, suites: `${SUITE}-security` }]),
  ];
  return archives
    .map(({ address, suites }) => {
      if (/^[^/]*\/\/[^/]*@/.test(address))
        throw new BakeError(
          "This computer's package mirror needs credentials, and the image would contain them: set another one with --mirror and --security-mirror.",
        );
      return `Types: deb
URIs: ${address}
Suites: ${suites}
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
`;
    })
    .join("\n");
}

async function readRelease(work: string, suite: string, address: string): Promise<Release> {
  const file = path.join(work, suite);
  const url = `${address.replace(/\/+$/, "")}/dists/${suite}/InRelease`;
  // apt's own downloader: whatever way to the mirror this computer's apt was told, it takes.
  const answer = await run("/usr/lib/apt/apt-helper", ["download-file", url, file], { tolerate: true });
  if (answer.exitCode !== 0)
    throw new BakeError(
      `The package mirror does not answer: ${url}\n${complaints(answer.stderr)}\n` +
        "Check this computer's apt sources, or set a mirror with --mirror.",
    );
  return parseRelease(suite, await readFile(file, "utf8"));
}

/** What apt says beyond that has to do with this one download only. */
const complaints = (text: string): string =>
  text
    .split("\n")
    .filter((line) => line.startsWith("E: "))
    .join("\n");

/**
 * Reads a Release file.
 *
 * @throws BakeError when it has no date.
 * @see https://wiki.debian.org/DebianRepository/Format
 */
export function parseRelease(suite: string, text: string): Release {
  const date = /^Date: (.+)$/m.exec(text)?.[1]?.trim();
  if (date === undefined || Number.isNaN(Date.parse(date)))
    throw new BakeError(
      `The Release file of ${suite} has no date: check that the address is a Debian mirror.`,
    );
  return { suite, date, sha256: createHash("sha256").update(text).digest("hex") };
}

/** Seconds since 1970 of the newest release: what the image is dated with, whenever it is made. */
export function sourceDate(releases: readonly Release[]): number {
  return Math.max(...releases.map(({ date }) => Date.parse(date))) / 1000;
}
