/** An S3 service with object lock, for tests: moto, in a Python environment of its own in the lab's cache. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { cacheDirectory } from "../../lab/paths.ts";
import { run } from "../../lab/run.ts";

const VERSION = "5.2.5";

/** moto asks for credentials, and believes them. */
const AUTHORIZATION =
  "AWS4-HMAC-SHA256 Credential=testing/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0";

export interface ObjectStore {
  /** `http://10.77.25.1:5588` */
  readonly url: string;
  /** Makes a bucket, with object lock or without. */
  createBucket(name: string, lock: boolean): Promise<void>;
  /** Keys and versions of what is in a bucket. */
  versions(bucket: string): Promise<readonly { readonly key: string; readonly version: string }[]>;
  /** Deletes one version; answers with the HTTP status. */
  remove(bucket: string, key: string, version: string): Promise<number>;
  get(bucket: string, key: string): Promise<ArrayBuffer>;
  /** Puts an object there without any lock of its own. */
  put(bucket: string, key: string, content: string | ArrayBuffer): Promise<void>;
  stop(): Promise<void>;
}

async function program(): Promise<string> {
  const directory = join(cacheDirectory, `moto-${VERSION}`);
  if (!existsSync(directory)) {
    const unfinished = `${directory}.new`;
    rmSync(unfinished, { recursive: true, force: true });
    await run("python3", ["-m", "venv", unfinished]);
    await run(join(unfinished, "bin/python"), [
      "-m",
      "pip",
      "install",
      "--quiet",
      `moto[server,s3]==${VERSION}`,
    ]);
    renameSync(unfinished, directory);
  }
  return join(directory, "bin/python");
}

async function answers(url: string, process: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (process.exitCode !== null) throw new Error("the object store ended at once");
    if ((await fetch(url).catch(() => undefined))?.ok) return;
    await sleep(200);
  }
  throw new Error(`the object store does not answer on ${url}`);
}

/** Listens on this address until it is stopped, and keeps everything in memory. */
export async function startObjectStore(host: string, port: number): Promise<ObjectStore> {
  const url = `http://${host}:${port}`;
  const server = spawn(await program(), ["-m", "moto.server", "-H", host, "-p", String(port)], {
    stdio: "ignore",
  });
  const asked = async (path: string, options: RequestInit = {}) => {
    const answer = await fetch(`${url}/${path}`, {
      ...options,
      headers: { authorization: AUTHORIZATION, ...options.headers },
    });
    if (!answer.ok)
      throw new Error(`${options.method ?? "GET"} ${path}: ${answer.status} ${await answer.text()}`);
    return answer;
  };
  await answers(url, server);
  return {
    url,
    async createBucket(name, lock) {
      const headers: Record<string, string> = lock ? { "x-amz-bucket-object-lock-enabled": "true" } : {};
      await asked(name, { method: "PUT", headers });
    },
    async versions(bucket) {
      const text = await (await asked(`${bucket}?versions`)).text();
      return [...text.matchAll(/<Version>.*?<\/Version>/gs)].map(([entry]) => ({
        key: /<Key>(.*?)<\/Key>/.exec(entry)?.[1] ?? "",
        version: /<VersionId>(.*?)<\/VersionId>/.exec(entry)?.[1] ?? "",
      }));
    },
    async remove(bucket, key, version) {
      const headers = { authorization: AUTHORIZATION };
      const answer = await fetch(`${url}/${bucket}/${key}?versionId=${version}`, {
        method: "DELETE",
        headers,
      });
      return answer.status;
    },
    async get(bucket, key) {
      return (await asked(`${bucket}/${key}`)).arrayBuffer();
    },
    async put(bucket, key, content) {
      await asked(`${bucket}/${key}`, { method: "PUT", body: content });
    },
    async stop() {
      const ended = new Promise((resolve) => server.once("exit", resolve));
      server.kill();
      await ended;
    },
  };
}
