/** The committed pipeline, cold and warm, against a plain `docker build` and push of its images in a fresh daemon. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { passed, runCommittedPipeline } from "../lab/committed-pipeline.ts";
import { LabError } from "../lab/errors.ts";
import { type Lab, PROJECT, startLab } from "../lab/lab.ts";
import { labDirectory } from "../lab/paths.ts";
import { loggedSteps } from "../lab/progress.ts";
import { ask } from "../lab/registry-client.ts";
import { sampleFiles } from "../lab/sample/index.ts";
import { median, ratio, seconds, table } from "./table.ts";

const RUNS = 3;
/** Of its own, so that the lab of `npm start` may be up meanwhile. */
const INSTANCE = 5;
/** Name of each image of the sample project, to its build context. */
const IMAGES = { app: ".", "db-init": "db" } as const;
const SOURCES = "/root/bench";

/** What the job docker-build does one after the other, by the line of its log that ends each; the job's end ends the last. */
const PARTS: readonly (readonly [name: string, end: RegExp])[] = [
  ["sources and services", / \$ /],
  ["log-in and builder", / #0 building with /],
  ["docker buildx bake: build, push, cache", / \$ VALIDATE_IMAGE=/],
  ["validation against PostGIS", /^docker-build Running after script/],
  ["log-out and artifacts", /^ PASS /],
];

/** Seconds. */
interface PipelineTimes {
  readonly pipeline: number;
  readonly job: number;
  /** In the order of {@link PARTS}. */
  readonly parts: readonly number[];
}

async function onHost(lab: Lab, command: string, input = ""): Promise<string> {
  const { exitCode, stdout, stderr } = await lab.machine.exec(`set -euo pipefail\n${command}`, { input });
  if (exitCode !== 0) throw new LabError(`On the lab's host, ${exitCode}: ${command}\n${stderr}\n${stdout}`);
  return stdout;
}

const docker = (level: string): string =>
  `export DOCKER_HOST=unix:///var/lib/buildx/${level}/docker.sock DOCKER_CONFIG=${SOURCES}/config`;

async function putSources(lab: Lab): Promise<void> {
  for (const [path, text] of Object.entries(await sampleFiles())) {
    const file = join(lab.machine.rootDirectory, SOURCES, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  const { user, password = "", address } = lab.registry;
  await onHost(
    lab,
    `${docker("open")}; docker login --username ${user} --password-stdin ${address}`,
    password,
  );
}

/** What somebody would run by hand; the open level's daemon has nothing else to do here. */
async function plainBuild(lab: Lab): Promise<number> {
  await onHost(
    lab,
    `${docker("open")}\ndocker builder prune --all --force\ndocker image prune --all --force`,
  );
  const commands = Object.entries(IMAGES).map(([image, context]) => {
    const tag = `${lab.registry.address}/bench/${image}:plain`;
    return `docker build --quiet --tag ${tag} ${SOURCES}/${context}\ndocker push --quiet ${tag}`;
  });
  const start = performance.now();
  await onHost(lab, `${docker("open")}\n${commands.join("\n")}`);
  return (performance.now() - start) / 1000;
}

/** Nothing of an earlier build is left: no layer in the builder, no image of a job, no cache in the registry. */
async function forgetEverything(lab: Lab): Promise<void> {
  const builder = "buildx_buildkit_buildx-runners0";
  await onHost(
    lab,
    `${docker("protected")}\ndocker exec ${builder} buildctl prune --all\ndocker image prune --all --force`,
  );
  const { url, user = "", password = "" } = lab.registry;
  const access = { url, caPem: lab.ca.caPem, credentials: { user, password } };
  for (const image of Object.keys(IMAGES)) {
    const repository = `${PROJECT}/${image}/cache`;
    for (const tag of await lab.registry.listTags(repository)) {
      const digest = await lab.registry.digest(repository, tag);
      const { status } = await ask(access, "DELETE", `/v2/${repository}/manifests/${digest}`);
      if (status !== 202) throw new LabError(`The registry keeps ${repository}:${tag}: ${status}`);
    }
  }
}

async function pipeline(lab: Lab): Promise<PipelineTimes> {
  const ends: number[] = [];
  const result = passed(
    await runCommittedPipeline(lab, {
      onLine: (job, line) => {
        if (job === "docker-build" && PARTS[ends.length]?.[1].test(line)) ends.push(performance.now() / 1000);
      },
    }),
  );
  const job = result.jobs.find(({ name }) => name === "docker-build")?.seconds ?? Number.NaN;
  if (ends.length < PARTS.length) throw new LabError(`${PARTS[ends.length]?.[0]}: no end in\n${result.log}`);
  const began = (ends.at(-1) ?? Number.NaN) - job;
  const parts = ends.map((end, index) => end - (ends[index - 1] ?? began));
  return { pipeline: result.seconds, job, parts };
}

export async function pipelineBench(): Promise<string> {
  const plain: number[] = [];
  const cold: PipelineTimes[] = [];
  const warm: PipelineTimes[] = [];
  const lab = await startLab({ assumeYes: true, step: loggedSteps, instance: INSTANCE });
  try {
    const stateDirectory = join(labDirectory, "run/bench-stack");
    rmSync(stateDirectory, { recursive: true, force: true });
    await (await lab.engine({ stateDirectory })).up();
    await putSources(lab);
    for (let run = 0; run < RUNS; run++) {
      plain.push(await plainBuild(lab));
      await forgetEverything(lab);
      cold.push(await pipeline(lab));
      warm.push(await pipeline(lab));
    }
  } finally {
    await lab.stop();
  }

  const floor = median(plain);
  const row = (name: string, value: number) => [
    name,
    seconds(value),
    ratio(value, floor),
    ratio(floor, value),
  ];
  const rows = Object.entries({ cold, warm }).flatMap(([state, times]) => [
    row(`${state} pipeline`, median(times.map((time) => time.pipeline))),
    row("- job docker-build", median(times.map((time) => time.job))),
    ...PARTS.map(([name], index) =>
      row(`  - ${name}`, median(times.map(({ parts }) => parts[index] ?? Number.NaN))),
    ),
  ]);
  const head = ["app and db-init", "median", "to the fresh daemon", "times faster"];
  const peer = row("plain docker build and push, fresh daemon", floor);
  return `${table([head, peer, ...rows])}\n\nAim: warm at least 10x faster than the fresh daemon.`;
}
