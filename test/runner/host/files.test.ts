import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { setupScript } from "../../../runner/host/archive.ts";
import { hostFiles } from "../../../runner/host/files.ts";
import type { HostSettings } from "../../../runner/host/settings.ts";
import { shellAssignments, shellWord } from "../../../runner/host/shell-text.ts";
import { CERTIFICATE, exampleSettings } from "./settings.ts";

const contentOf = (settings: HostSettings, path: string) =>
  hostFiles(settings).find((file) => file.path === path)?.content ?? "";

/** What a shell makes of settings.env: the only judge of quoting that counts. */
function sourced(settings: HostSettings): Record<string, string> {
  const directory = mkdtempSync(join(tmpdir(), "buildx-settings-"));
  const text = `${contentOf(settings, "/usr/local/lib/buildx-runners/settings.env")}
for name in STACK FLEET OWNER TAKE_OVER LEVELS \${!PACKAGES_*} \${!GITLAB_RUNNER_*} BUILDKIT_IMAGE \${!HTTP_PROXY*} \${!NO_PROXY*}; do
  printf '%s=%s\\0' "$name" "\${!name}"
done
ls`;
  const run = spawnSync("bash", ["-eu"], { input: text, encoding: "utf8", cwd: directory });
  rmSync(directory, { recursive: true });
  expect(run.stderr).toBe("");
  const parts = run.stdout.split("\0");
  // The last part is the listing of the directory it ran in: nothing may have been made there.
  expect(parts.pop()).toBe("");
  return Object.fromEntries(
    parts.map((part) => [part.slice(0, part.indexOf("=")), part.slice(part.indexOf("=") + 1)]),
  );
}

describe("hostFiles", () => {
  it("gives the same bytes for the same settings, in the order of the paths", () => {
    const files = hostFiles(exampleSettings());
    expect(files).toEqual(hostFiles(structuredClone(exampleSettings())));
    const paths = files.map((file) => file.path);
    expect(paths).toEqual([...paths].sort());
    expect(new Set(paths).size).toBe(paths.length);
  });

  it("puts every script and unit where the others look for it", () => {
    const paths = hostFiles(exampleSettings()).map((file) => file.path);
    for (const path of [
      "/usr/local/lib/buildx-runners/setup.sh",
      "/usr/local/lib/buildx-runners/register.sh",
      "/usr/local/lib/buildx-runners/teardown.sh",
      "/usr/local/lib/buildx-runners/setup/packages.sh",
      "/usr/local/lib/buildx-runners/doctor/guard.sh",
      "/usr/local/lib/buildx-runners/open/buildkitd.toml",
      "/usr/local/lib/buildx-runners/protected/config.toml",
      "/usr/local/sbin/buildx-doctor",
      "/etc/systemd/system/gitlab-runner@.service",
      "/etc/systemd/user/buildx-docker.service",
    ]) {
      expect(paths).toContain(path);
    }
    expect(paths).not.toContain("/usr/local/lib/buildx-runners/install-files.sh");
  });

  it("makes executable exactly what names an interpreter", () => {
    for (const { path, mode, content } of hostFiles(exampleSettings())) {
      expect([path, mode]).toEqual([path, content.startsWith("#!") ? "0755" : "0644"]);
    }
  });

  it("has nothing for a level that the host does not have", () => {
    const settings = exampleSettings({ levels: ["open"], runners: exampleSettings().runners.slice(0, 2) });
    const all = hostFiles(settings);
    expect(all.filter((file) => file.path.includes("/protected/"))).toEqual([]);
    expect(contentOf(settings, "/usr/local/lib/buildx-runners/runners.tsv")).toBe(
      "open\tsocket\tdev/linux/open/socket\nopen\tplain\tdev/linux/open/plain\n",
    );
  });

  it("names the owner, and from whom a machine is taken", () => {
    expect(sourced(exampleSettings())).toMatchObject({ OWNER: "dev/linux", TAKE_OVER: "" });
    expect(sourced(exampleSettings({ takeOver: "old/linux" }))).toMatchObject({ TAKE_OVER: "old/linux" });
  });

  it("gives each certificate a file of its own", () => {
    const settings = exampleSettings({ caCertificates: [CERTIFICATE, `\n${CERTIFICATE}\n\n`] });
    for (const number of [1, 2]) {
      expect(contentOf(settings, `/usr/local/share/ca-certificates/buildx-runners-${number}.crt`)).toBe(
        CERTIFICATE,
      );
    }
  });

  it("takes the unit of the shell executor when jobs run on the host", () => {
    const path = "/etc/systemd/system/gitlab-runner@.service";
    expect(contentOf(exampleSettings(), path)).toContain("User=gitlab-runner\n");
    expect(contentOf(exampleSettings({ executor: "shell" }), path)).toContain("--user buildx-%i");
  });

  it("refuses two runners for one place, and names that could not be told apart from syntax", () => {
    const [first] = exampleSettings().runners;
    if (first === undefined) throw new Error("the example has runners");
    expect(() => hostFiles(exampleSettings({ runners: [first, { ...first, name: "other" }] }))).toThrow(
      /two runners/,
    );
    for (const name of ['a"b', "a\nb", "a\tb", "a\\b"]) {
      expect(() => hostFiles(exampleSettings({ runners: [{ ...first, name }] }))).toThrow(
        /quote, a backslash/,
      );
    }
  });
});

describe("proxy", () => {
  const proxy = {
    http: "http://proxy:3128",
    https: "http://proxy:3129",
    noProxy: ["10.0.0.0/8", "example.com"],
  };

  it("reaches apt, which knows hosts but no blocks", () => {
    expect(contentOf(exampleSettings({ proxy }), "/etc/apt/apt.conf.d/53buildx-runners-proxy")).toBe(
      [
        'Acquire::http::Proxy "http://proxy:3128";',
        'Acquire::https::Proxy "http://proxy:3129";',
        'Acquire::http::Proxy::example.com "DIRECT";',
        'Acquire::https::Proxy::example.com "DIRECT";',
        "",
      ].join("\n"),
    );
  });

  const hasApt = spawnSync("apt-config", ["--version"]).status === 0;
  it.runIf(hasApt)("is what apt itself makes of the file", () => {
    const directory = mkdtempSync(join(tmpdir(), "buildx-apt-"));
    const path = join(directory, "apt.conf");
    const hostile = { http: "http://proxy:3128/a;b#c//d", noProxy: ["*.example.com", "example.com"] };
    writeFileSync(
      path,
      contentOf(exampleSettings({ proxy: hostile }), "/etc/apt/apt.conf.d/53buildx-runners-proxy"),
    );
    const { stdout } = spawnSync("apt-config", ["dump", "Acquire::http"], {
      env: { ...process.env, APT_CONFIG: path },
      encoding: "utf8",
    });
    rmSync(directory, { recursive: true });
    expect(stdout.split("\n").filter((line) => line.includes("Proxy"))).toEqual([
      `Acquire::http::Proxy "${hostile.http}";`,
      'Acquire::http::Proxy::example.com "DIRECT";',
    ]);
  });

  it("reaches set-up and the builder", () => {
    expect(sourced(exampleSettings({ proxy }))).toMatchObject({
      HTTP_PROXY_URL: "http://proxy:3128",
      NO_PROXY_LIST: "localhost,127.0.0.1,::1,10.0.0.0/8,example.com",
    });
  });

  it("refuses an address that apt.conf cannot quote", () => {
    expect(() => hostFiles(exampleSettings({ proxy: { http: 'http://a"; evil "', noProxy: [] } }))).toThrow(
      /quote/,
    );
  });
});

const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }).filter((value) => !value.includes("\0")),
  fc.constantFrom(
    "$(touch executed)",
    "`touch executed`",
    "'; touch executed; '",
    '"; touch executed; "',
    "a\nb",
    "\\",
    "'\\''",
    "$HOME",
    "${IFS}touch${IFS}executed",
    "!!",
    "~",
    "*",
    "#",
    "",
  ),
);

describe("any text in a setting", () => {
  it("is the same after a shell has read it, and no part of it runs", () => {
    fc.assert(
      fc.property(text, text, text, text, (stack, fleet, image, version) => {
        const settings = exampleSettings({
          stack,
          fleet,
          builder: { ...exampleSettings().builder, image },
          gitlabRunner: { version, url: fleet, sha256: { amd64: stack } },
        });
        expect(sourced(settings)).toMatchObject({
          STACK: stack,
          FLEET: fleet,
          BUILDKIT_IMAGE: image,
          GITLAB_RUNNER_VERSION: version,
          GITLAB_RUNNER_SHA256_AMD64: stack,
        });
      }),
      { numRuns: 60 },
    );
  });

  it("leaves set-up's text valid shell", () => {
    fc.assert(
      fc.property(text, text, text, (stack, dataDirectory, jobImage) => {
        const script = setupScript(
          hostFiles(exampleSettings({ stack, dataDirectory, jobImage, gitlabUrl: stack })),
        );
        expect(spawnSync("bash", ["-n"], { input: script, encoding: "utf8" }).stderr).toBe("");
      }),
      { numRuns: 15 },
    );
  });
});

it("quotes words for a shell", () => {
  expect(shellWord("it's")).toBe("'it'\\''s'");
  expect(shellAssignments({ A: "1", B: "" })).toBe("A='1'\nB=''\n");
  expect(() => shellWord("a\0b")).toThrow(/NUL/);
});
