import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join, normalize } from "node:path";
import { run } from "../../../lab/run.ts";

export interface PackageRepository {
  readonly url: string;
  /** Of the key that signs it. */
  readonly fingerprint: string;
  readonly directory: string;
  stop(): Promise<void>;
}

/** The names of Docker's packages, and the distribution's packages of the same programs. */
const PACKAGES: Readonly<Record<string, string>> = {
  "docker-ce": "docker.io",
  "docker-ce-cli": "docker-cli",
  "containerd.io": "containerd",
  "docker-buildx-plugin": "docker-buildx",
  "docker-ce-rootless-extras": "rootlesskit",
};

/** What {@link startPackageRepository} expects to find as `<name>.deb`. */
export const SOURCE_PACKAGES: readonly string[] = Object.values(PACKAGES);

/**
 * Makes, signs and serves a Debian repository laid out as Docker's is: `<url>/debian`, suite, component `stable`. Its
 * packages hold the distribution's own files under Docker's names: so a host made from it is one that works, and only
 * the way the packages came is under test.
 */
export async function startPackageRepository(
  directory: string,
  host: string,
  port: number,
): Promise<PackageRepository> {
  const index = "dists/trixie/stable/binary-amd64";
  const root = join(directory, "debian");
  mkdirSync(join(root, index), { recursive: true });
  const packages = [];
  for (const [name, program] of Object.entries(PACKAGES))
    packages.push(await makePackage(root, name, program));
  writeFileSync(join(root, index, "Packages"), packages.join("\n"));
  const fingerprint = await sign(directory, root, release(root, "stable/binary-amd64/Packages"));
  const server = serveDirectory(directory);
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, host, resolve));
  return {
    url: `http://${host}:${port}`,
    fingerprint,
    directory,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

async function makePackage(root: string, name: string, source: string): Promise<string> {
  const tree = join(root, "..", "trees", name);
  mkdirSync(join(root, "pool"), { recursive: true });
  mkdirSync(join(root, "..", "trees"), { recursive: true });
  await run("dpkg-deb", ["--raw-extract", join(root, "..", `${source}.deb`), tree]);
  const control = renamed(readFileSync(join(tree, "DEBIAN/control"), "utf8"), name);
  writeFileSync(join(tree, "DEBIAN/control"), control);
  if (name === "docker-ce-rootless-extras") {
    symlinkSync(
      "/usr/share/docker.io/contrib/dockerd-rootless.sh",
      join(tree, "usr/bin/dockerd-rootless.sh"),
    );
  }
  const filename = `pool/${name}.deb`;
  await run("dpkg-deb", ["--root-owner-group", "-Znone", "--build", tree, join(root, filename)]);
  const deb = readFileSync(join(root, filename));
  return `${control}Filename: ${filename}\nSize: ${deb.length}\nSHA256: ${digestOf(deb)}\n`;
}

/** The control file under the other name, with what it depends on renamed as well, and no quarrel with the original. */
function renamed(control: string, name: string): string {
  const fields = control
    .split(/\n(?! )/)
    .filter((field) => !/^(Breaks|Conflicts|Replaces|Recommends|Suggests|Version):/.test(field));
  const text = fields
    .filter((field) => field !== "")
    .map((field) => (field.startsWith("Package:") ? `Package: ${name}\nVersion: 5:99-1` : field))
    .map((field) =>
      field.startsWith("Depends:") ? field.replaceAll(/\bcontainerd\b[^,]*/g, "containerd.io") : field,
    )
    .join("\n");
  return `${text}\n`;
}

function release(root: string, index: string): string {
  const path = join(root, "dists/trixie", index);
  const entry = ` ${digestOf(readFileSync(path))} ${statSync(path).size} ${index}`;
  return `Origin: Docker\nSuite: trixie\nCodename: trixie\nArchitectures: amd64 all\nComponents: stable\nDate: ${new Date().toUTCString()}\nSHA256:\n${entry}\n`;
}

/** Signs with a key made for this one run, and publishes its public half where Docker publishes theirs. */
async function sign(directory: string, root: string, text: string): Promise<string> {
  const home = join(directory, "gnupg");
  mkdirSync(home, { mode: 0o700 });
  const gpg = ["--homedir", home, "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", ""];
  await run("gpg", [...gpg, "--quick-generate-key", "Test repository", "ed25519", "sign", "1d"]);
  const { stdout } = await run("gpg", [...gpg, "--with-colons", "--list-keys"]);
  const fingerprint = /^fpr:+([0-9A-F]{40}):/m.exec(stdout)?.[1];
  if (fingerprint === undefined) throw new Error("gpg made no key");
  writeFileSync(join(root, "dists/trixie/Release"), text);
  const target = join(root, "dists/trixie/InRelease");
  await run("gpg", [...gpg, "--clearsign", "--output", target, join(root, "dists/trixie/Release")]);
  await run("gpg", [...gpg, "--armor", "--export", "--output", join(root, "gpg")]);
  await run("gpgconf", ["--homedir", home, "--kill", "all"]);
  return fingerprint;
}

function serveDirectory(directory: string): Server {
  return createServer((request, response) => {
    const path = normalize(decodeURIComponent(request.url ?? "/"));
    try {
      response.end(readFileSync(join(directory, path)));
    } catch {
      response.writeHead(404).end();
    }
  });
}

const digestOf = (content: Buffer) => createHash("sha256").update(content).digest("hex");
