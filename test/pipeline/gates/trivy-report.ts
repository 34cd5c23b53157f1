/**
 * Reports as Trivy writes them, schema 2. They are written by hand after its documentation: its image and its database
 * cannot be had from packages.
 * @see https://trivy.dev/docs/latest/guide/configuration/reporting/#json
 */

export interface Finding {
  readonly id: string;
  readonly severity: string;
  readonly name: string;
  readonly fixed?: string;
  /** Trivy's own word; by default what follows from `fixed`. */
  readonly status?: string;
}

const vulnerability = ({ id, severity, name, fixed, status }: Finding) => ({
  VulnerabilityID: id,
  PkgID: `${name}@1.0.0`,
  PkgName: name,
  PkgIdentifier: { PURL: `pkg:deb/debian/${name}@1.0.0?arch=amd64`, UID: "9ef2a1b0c3d4e5f6" },
  InstalledVersion: "1.0.0",
  ...(fixed === undefined ? {} : { FixedVersion: fixed }),
  Status: status ?? (fixed === undefined ? "affected" : "fixed"),
  Layer: { Digest: `sha256:${"1".repeat(64)}`, DiffID: `sha256:${"2".repeat(64)}` },
  SeveritySource: "nvd",
  PrimaryURL: `https://avd.aquasec.com/nvd/${id.toLowerCase()}`,
  DataSource: { ID: "debian", Name: "Debian Security Tracker", URL: "https://salsa.debian.org" },
  Title: 'a title that says "FixedVersion": "2.0.0"',
  Description: 'Lines,\nand a quote: "VulnerabilityID": "CVE-0000-0000", "FixedVersion": ""',
  Severity: severity,
  CweIDs: ["CWE-787"],
  VendorSeverity: { nvd: 3 },
  CVSS: { nvd: { V3Vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", V3Score: 9.8 } },
  References: ["https://example.com/advisory"],
  PublishedDate: "2026-01-02T03:04:05Z",
});

export const trivyReport = (findings: readonly Finding[]) => ({
  SchemaVersion: 2,
  CreatedAt: "2026-11-20T04:00:00.000000000Z",
  ArtifactName: "registry.example.com/acme/shop/app",
  ArtifactType: "container_image",
  Metadata: { OS: { Family: "debian", Name: "13.1" }, ImageConfig: { architecture: "amd64", os: "linux" } },
  Results: [
    {
      Target: "app (debian 13.1)",
      Class: "os-pkgs",
      Type: "debian",
      Packages: [{ ID: "libc6@2.41", Name: "libc6", Version: "2.41", SrcName: "glibc" }],
      ...(findings.length > 0 ? { Vulnerabilities: findings.map(vulnerability) } : {}),
    },
  ],
});
