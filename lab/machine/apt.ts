import { readFile } from "node:fs/promises";
import { LabError } from "../errors.ts";
import { run } from "../run.ts";

/** Where Debian's packages come from, as this computer's own apt is told. */
export interface Mirrors {
  readonly main: string;
  /** Absent where this computer has no security archive configured. */
  readonly security?: string;
}

/** One index apt knows of, as `apt-get indextargets` tells. */
export interface IndexTarget {
  readonly createdBy: string;
  readonly uri: string;
  /** Suite or code name, as in the sources list: `bookworm`, `bookworm-security`. */
  readonly release: string;
  readonly component: string;
  /** Empty as long as no `apt-get update` ran. */
  readonly origin: string;
}

const fields = ["$(CREATED_BY)", "$(REPO_URI)", "$(RELEASE)", "$(COMPONENT)", "$(ORIGIN)"];

/**
 * The Debian mirrors of this computer's apt; BUILDX_LAB_MIRROR and BUILDX_LAB_SECURITY_MIRROR name others.
 *
 * @throws LabError when apt has no Debian archive, as on Ubuntu, and the environment names none.
 */
export async function findMirrors(): Promise<Mirrors> {
  const named = process.env.BUILDX_LAB_MIRROR;
  const namedSecurity = process.env.BUILDX_LAB_SECURITY_MIRROR;
  if (named !== undefined) {
    return { main: named, ...(namedSecurity === undefined ? {} : { security: namedSecurity }) };
  }
  const { stdout } = await run("apt-get", ["indextargets", "--format", fields.join("\t")], {
    purpose: "read this computer's apt configuration",
  });
  const mirrors = chooseMirrors(parseIndexTargets(stdout));
  return {
    main: await resolveList(mirrors.main),
    ...(mirrors.security === undefined ? {} : { security: await resolveList(mirrors.security) }),
  };
}

/** Reads the tab-separated lines that {@link findMirrors} asks apt for. */
export function parseIndexTargets(text: string): IndexTarget[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [createdBy = "", uri = "", release = "", component = "", origin = ""] = line.split("\t");
      return { createdBy, uri, release, component, origin };
    });
}

/**
 * Picks Debian's own archive among all repositories of apt; third parties' ones use its release names, too.
 *
 * @throws LabError when there is none.
 */
export function chooseMirrors(targets: readonly IndexTarget[]): Mirrors {
  const debian = targets.filter(
    (target) =>
      target.createdBy === "Packages" &&
      target.component === "main" &&
      (target.origin === "Debian" || (target.origin === "" && /\/debian(-security)?\/?$/.test(target.uri))),
  );
  const main = debian.find((target) => /^[a-z]+$/.test(target.release))?.uri;
  if (main === undefined) {
    throw new LabError(
      "apt on this computer has no Debian archive to build the host from. " +
        "Set BUILDX_LAB_MIRROR to the address of a Debian mirror.",
    );
  }
  const security = debian.find((target) => /^[a-z]+-security$/.test(target.release))?.uri;
  return { main, ...(security === undefined ? {} : { security }) };
}

/** The options of this computer's apt that its mirrors may depend on, as lines of an apt.conf file. */
export async function carriedOptions(): Promise<string[]> {
  const { stdout } = await run("apt-config", ["dump", "Acquire"]);
  return filterOptions(stdout);
}

/** Those lines of `apt-config dump` that say how a mirror is reached and how far its dates are trusted. */
export function filterOptions(dump: string): string[] {
  const wanted = /^Acquire::(https?::Proxy(::[^ ]+)?|Check-Valid-Until|Check-Date|Retries) "[^"]+";$/i;
  return dump.split("\n").filter((line) => wanted.test(line));
}

/** Cloud images name a file with a list of mirrors; its first one will do. */
async function resolveList(uri: string): Promise<string> {
  const prefix = "mirror+file:";
  if (!uri.startsWith(prefix)) return uri;
  const file = uri.slice(prefix.length).replace(/\/$/, "");
  const first = (await readFile(file, "utf8"))
    .split("\n")
    .map((line) => line.trim().split(/\s/)[0] ?? "")
    .find((line) => line !== "" && !line.startsWith("#"));
  if (first === undefined) throw new LabError(`${file} lists no mirror, yet apt is configured with it`);
  return first;
}
