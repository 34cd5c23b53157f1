/** What is drawn is what the model has: its jobs, its needs, its stages, and nothing else. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { whenInWords } from "../../../render/diagrams/pipeline.ts";
import { anyConfig, seedWith } from "../../configs.ts";
import { expected } from "../../pipeline/golden/occasions.ts";
import { projects } from "../../pipeline/golden/projects.ts";
import { deliveryPicture, goldenPicture, type Picture, pictureOf } from "./pictures.ts";

/** Straight from the model, in another way than the diagram has it. */
function wanted({ pipeline }: Picture) {
  const jobs = Object.entries(pipeline.jobs);
  const needs = jobs.flatMap(([name, { needs: own, extends: bases = [] }]) =>
    (own ?? bases.map((base) => pipeline.hidden[base]?.needs).find(Boolean) ?? []).map(
      ({ job, optional }) => `${job} ${optional ? "-.->" : "-->"} ${name}`,
    ),
  );
  return {
    jobs: jobs.map(([name, { stage }]) => `${stage}/${name}`).sort(),
    needs: needs.sort(),
    stages: [...pipeline.stages],
  };
}

function drawn({ diagram }: Picture) {
  const plain = (id: string) => id.replace(/^(?:job|stage) /, "");
  const edges = diagram.edges.filter(({ kind }) => kind !== "order");
  return {
    jobs: diagram.nodes.map(({ title, group = "" }) => `${plain(group)}/${title}`).sort(),
    needs: edges
      .map(({ from, to, kind }) => `${plain(from)} ${kind === "optional" ? "-.->" : "-->"} ${plain(to)}`)
      .sort(),
    stages: diagram.groups.map(({ id }) => plain(id)),
  };
}

/** Of each occasion the jobs that are there; `?` for manual ones. */
const present = ({ jobs, occasions }: Picture): Record<string, string[]> =>
  Object.fromEntries(
    occasions.map(({ name }, index) => [
      name,
      jobs
        .filter(({ presence }) => presence[index] !== "absent")
        .map((job) => `${job.name}${job.presence[index] === "by hand" ? "?" : ""}`),
    ]),
  );

const line = (picture: Picture, title: string): readonly string[] | undefined =>
  picture.diagram.nodes.find((node) => node.title === title)?.lines;

const marks = (picture: Picture, title: string) =>
  picture.diagram.nodes.find((node) => node.title === title)?.marks.map(({ kind }) => kind);

describe("a pipeline's diagram", () => {
  it.each(Object.keys(projects))("has every job and every need of %s, and nothing else", (name) => {
    const picture = goldenPicture(name);
    expect(drawn(picture)).toEqual(wanted(picture));
  });

  it("has those of any configuration", () => {
    fc.assert(
      fc.property(anyConfig, (values) => {
        const picture = pictureOf(values);
        expect(drawn(picture)).toEqual(wanted(picture));
        const ids = [...picture.diagram.groups, ...picture.diagram.nodes].map(({ id }) => id);
        expect(new Set(ids).size).toBe(ids.length);
      }),
      { numRuns: 15 },
    );
  });

  it("has the order of stages", () => {
    const { diagram, pipeline } = goldenPicture("everything-on");
    const order = diagram.edges
      .filter(({ kind }) => kind === "order")
      .map(({ from, to }) => `${from}, ${to}`);
    expect(order).toEqual(
      pipeline.stages.slice(1).map((stage, index) => `stage ${pipeline.stages[index]}, stage ${stage}`),
    );
  });

  it("marks what is optional, by hand, scheduled and many", () => {
    const picture = goldenPicture("everything-on");
    expect(picture.diagram.edges).toContainEqual({
      from: "job build-and-push-python",
      to: "job attestations",
      kind: "optional",
    });
    expect(marks(picture, "rollback")).toEqual(["manual"]);
    expect(marks(picture, "restore")).toEqual(["manual"]);
    expect(marks(picture, "backup")).toEqual(["schedule"]);
    expect(marks(picture, "trivy-python")).toEqual(["many"]);
    expect(marks(picture, "docker-build")).toEqual([]);
  });

  it("says when a job is there, and with which tags", () => {
    const picture = goldenPicture("everything-on");
    expect(line(picture, "docker-build")).toEqual([
      "every push",
      "waits for no job",
      "buildx-{open,protected}",
    ]);
    expect(line(picture, "promote")?.join(" ")).toBe(
      "every push but fork’s merge request, tag buildx-{open,protected}-plain",
    );
    expect(line(picture, "release")).toEqual(["tag", "buildx-protected-plain"]);
    expect(line(picture, "commitlint")?.slice(0, 2)).toEqual(["merge request, fork’s merge", "request"]);
    expect(line(picture, "restore")).toEqual(["OPERATION=restore", "buildx-protected"]);
  });

  it("says of rules that nothing here decides that they decide", () => {
    const rule = { if: "$CI_COMMIT_TITLE =~ /wip/", when: "never" };
    const picture = pictureOf(seedWith({ hooks: { rules: { promote: [rule] } } }));
    expect(marks(picture, "promote")).toEqual(["maybe"]);
    expect(marks(picture, "docker-build")).toEqual([]);
  });

  it("leaves out what a fleet with protected refs only does not need", () => {
    const values = seedWith({});
    const fleets = values.fleets.map((fleet) => ({ ...fleet, refs: "protected" }));
    const { occasions } = pictureOf({ ...values, fleets });
    expect(occasions.map(({ name }) => name)).toEqual(["default branch", "tag"]);
  });
});

describe("what is said of occasions", () => {
  /** The project's own jobs come from a file that only GitLab reads. */
  const without = (jobs: string) => jobs.split(" ").filter((job) => job !== "smoke");

  it.each(Object.keys(projects))("is what an interpreter makes of %s", (name) => {
    const ours = present(goldenPicture(name));
    const theirs = Object.entries(expected[name] ?? {})
      .map(([occasion, jobs]) => [occasion.replace("'", "’"), without(jobs)] as const)
      // A refresh that is not scheduled is no occasion of the project.
      .filter(([occasion]) => occasion !== "refresh" || "refresh" in (projects[name] ?? {}));
    expect(theirs.length).toBeGreaterThanOrEqual(5);
    expect(ours).toMatchObject(Object.fromEntries(theirs));
    const more = Object.keys(ours).filter((occasion) => !theirs.some(([known]) => known === occasion));
    expect(more).toEqual(name === "everything-on" ? ["restore"] : []);
  });

  it.each(Object.keys(projects))("leaves nothing open for %s", (name) => {
    expect(goldenPicture(name).jobs.flatMap(({ presence }) => presence)).not.toContain("maybe");
  });

  it("is put shortly", () => {
    const { occasions } = goldenPicture("everything-on");
    const all = occasions.map(() => "starts" as const);
    const but = (...names: string[]) =>
      occasions.map(({ name }) => (names.includes(name) ? ("absent" as const) : ("starts" as const)));
    expect(whenInWords(all, occasions)).toBe("every push, OPERATION=restore");
    expect(whenInWords(but("tag", "restore"), occasions)).toBe("every push but tag");
    expect(whenInWords(but(...occasions.map(({ name }) => name)), occasions)).toBe("never");
  });
});

describe("this repository's own pipeline", () => {
  const picture = deliveryPicture();

  it("is drawn by the same", () => {
    expect(drawn(picture)).toEqual(wanted(picture));
  });

  it("shows manual jobs, jobs of a schedule, and jobs that files decide", () => {
    expect(marks(picture, "up-prod")).toEqual(["manual"]);
    expect(marks(picture, "drift-dev")).toEqual(["schedule"]);
    expect(marks(picture, "preview-dev")).toContain("maybe");
    expect(line(picture, "note")?.join(" ")).toContain("protected branch’s merge request");
  });
});
