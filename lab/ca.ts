import { access, chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { isIP } from "node:net";
import path from "node:path";
import { LabError } from "./errors.ts";
import { run } from "./run.ts";

/** A private key and the certificate for it, as PEM files. */
export interface IssuedCertificate {
  readonly keyPath: string;
  readonly certPath: string;
}

export interface SubjectNames {
  readonly ips?: readonly string[];
  readonly hosts?: readonly string[];
}

/** A certificate authority that only the lab trusts. */
export interface LabCa {
  readonly caPem: string;
  readonly caPath: string;
  /**
   * Issues a server certificate for exactly these addresses; `name` is its file name and subject.
   *
   * @throws LabError when no address is given or one is no IP address.
   */
  issue(name: string, names: SubjectNames): Promise<IssuedCertificate>;
}

/** A lab is thrown away long before; short enough that a leaked key is worth nothing. */
const validDays = 30;

/**
 * Makes a certificate authority in the directory, or takes up the one that is there.
 *
 * Keys are P-256, files 0600.
 */
export async function createCa(directory: string): Promise<LabCa> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const keyPath = path.join(directory, "ca.key");
  const caPath = path.join(directory, "ca.pem");
  if (!(await usable(caPath))) await createRoot(keyPath, caPath);
  return {
    caPem: await readFile(caPath, "utf8"),
    caPath,
    issue: (name, names) => issue({ directory, keyPath, caPath }, name, names),
  };
}

/** The `subjectAltName` of these addresses, in OpenSSL's notation: `IP:10.77.0.1,DNS:registry.lab`. */
export function subjectAltName({ ips = [], hosts = [] }: SubjectNames): string {
  const invalid = ips.find((ip) => isIP(ip) === 0);
  if (invalid !== undefined) throw new LabError(`A certificate for "${invalid}": not an IP address`);
  const names = [...ips.map((ip) => `IP:${ip}`), ...hosts.map((host) => `DNS:${host}`)];
  if (names.length === 0) throw new LabError("A certificate needs at least one IP address or host name");
  return names.join(",");
}

async function usable(certificate: string): Promise<boolean> {
  try {
    await access(certificate);
  } catch {
    return false;
  }
  const aDay = String(24 * 3600);
  const check = await run("openssl", ["x509", "-checkend", aDay, "-noout", "-in", certificate], {
    tolerate: true,
  });
  return check.exitCode === 0;
}

const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc"];

async function createRoot(keyPath: string, caPath: string): Promise<void> {
  const extensions = ["basicConstraints=critical,CA:TRUE,pathlen:0", "keyUsage=critical,keyCertSign,cRLSign"];
  await run(
    "openssl",
    [
      ...["req", "-x509", ...newKey, "-days", String(validDays), "-subj", "/CN=buildx-runners lab CA"],
      ...extensions.flatMap((extension) => ["-addext", extension]),
      ...["-keyout", keyPath, "-out", caPath],
    ],
    { purpose: "create the lab's certificate authority" },
  );
  await chmod(keyPath, 0o600);
}

async function issue(
  ca: { directory: string; keyPath: string; caPath: string },
  name: string,
  names: SubjectNames,
): Promise<IssuedCertificate> {
  const file = (extension: string) => path.join(ca.directory, `${name}.${extension}`);
  const purpose = `issue a certificate for ${name}`;
  await run(
    "openssl",
    ["req", "-new", ...newKey, "-subj", `/CN=${name}`, "-keyout", file("key"), "-out", file("csr")],
    { purpose },
  );
  await chmod(file("key"), 0o600);
  await writeFile(
    file("ext"),
    [
      "basicConstraints=critical,CA:FALSE",
      "keyUsage=critical,digitalSignature",
      "extendedKeyUsage=serverAuth",
      "authorityKeyIdentifier=keyid",
      "subjectKeyIdentifier=hash",
      `subjectAltName=${subjectAltName(names)}`,
    ].join("\n"),
  );
  await run(
    "openssl",
    [
      ...["x509", "-req", "-in", file("csr"), "-extfile", file("ext"), "-days", String(validDays)],
      ...["-CA", ca.caPath, "-CAkey", ca.keyPath, "-out", file("pem")],
    ],
    { purpose },
  );
  return { keyPath: file("key"), certPath: file("pem") };
}
