import { expect, test } from "vitest";
import { chooseMirrors, filterOptions, parseIndexTargets } from "../../../lab/machine/apt.ts";

const line = (...fields: string[]) => fields.join("\t");

test("finds Debian's archive and its security archive among others that use Debian's names", () => {
  const targets = parseIndexTargets(
    [
      line("Packages", "https://vendor.example/debian/12/prod/", "bookworm", "main", ""),
      line("Packages", "https://docker.example/linux/debian/", "bookworm", "stable", "Docker"),
      line("Packages", "https://pg.example/debian/", "bookworm", "main", "PostgreSQL"),
      line("Sources", "http://other.example/debian/", "bookworm", "main", "Debian"),
      line("Packages", "http://mirror.example/debian/", "bookworm-updates", "main", "Debian"),
      line("Packages", "http://mirror.example/debian/", "bookworm", "main", "Debian"),
      line("Packages", "http://mirror.example/debian-security/", "bookworm-security", "main", "Debian"),
    ].join("\n"),
  );
  expect(chooseMirrors(targets)).toEqual({
    main: "http://mirror.example/debian/",
    security: "http://mirror.example/debian-security/",
  });
});

test("knows Debian's archive by its path before apt has read any index", () => {
  const targets = parseIndexTargets(line("Packages", "http://mirror.example/debian/", "trixie", "main", ""));
  expect(chooseMirrors(targets)).toEqual({ main: "http://mirror.example/debian/" });
});

test("says what to set where apt has no Debian archive", () => {
  const targets = parseIndexTargets(
    line("Packages", "http://ubuntu.example/ubuntu/", "noble", "main", "Ubuntu"),
  );
  expect(() => chooseMirrors(targets)).toThrow("Set BUILDX_LAB_MIRROR");
});

test("carries over what decides whether a mirror can be used, and nothing else", () => {
  const proxy = 'Acquire::http::Proxy "http://proxy.example:3128";';
  const dates = 'Acquire::Check-Valid-Until "false";';
  const dump = ['Acquire "";', 'Acquire::cdrom::mount "/media";', proxy, 'Acquire::https::Proxy "";', dates];
  expect(filterOptions(dump.join("\n"))).toEqual([proxy, dates]);
});
