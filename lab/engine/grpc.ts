import grpc from "@grpc/grpc-js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import type { Wire, WireObject } from "./wire.ts";

/** A resource's outputs may hold a whole file: the SDK's own limit. */
export const channelOptions = { "grpc.max_receive_message_length": 400 * 1024 * 1024 };

export function toStruct(value: WireObject): InstanceType<typeof struct.Struct> {
  // The declared type leaves read-only lists and absent members out, both of which the function takes.
  return struct.Struct.fromJavaScript(value as Parameters<typeof struct.Struct.fromJavaScript>[0]);
}

export function fromStruct(value: InstanceType<typeof struct.Struct> | undefined): WireObject {
  const plain: Record<string, Wire> = value?.toJavaScript() ?? {};
  return plain;
}

export function plainValue(value: InstanceType<typeof struct.Value> | undefined): Wire | undefined {
  return value?.toJavaScript();
}

type Answer<Response> = (error: grpc.ServiceError | null, response: Response) => void;

/** A unary call as a promise. Rejects with an error that holds the other side's message and nothing of gRPC's. */
export function call<Response>(act: (done: Answer<Response>) => unknown): Promise<Response> {
  return new Promise((resolve, reject) => {
    act((error, response) => {
      if (error === null) {
        resolve(response);
      } else {
        reject(new Error(error.details));
      }
    });
  });
}

/** A handler of a unary call; what it throws becomes the caller's error. */
export function answer<Request, Response>(
  act: (request: Request) => Response | Promise<Response>,
): grpc.handleUnaryCall<Request, Response> {
  return (incoming, callback) => {
    Promise.resolve()
      .then(() => act(incoming.request))
      .then(
        (response) => callback(null, response),
        (error: unknown) => callback(statusOf(error), null),
      );
  };
}

/** The run ended while a caller was waiting: the SDK then stops quietly, since the reason was told elsewhere. */
export class StoppedError extends Error {}

function statusOf(error: unknown): Partial<grpc.StatusObject> {
  const details = error instanceof Error ? error.message : String(error);
  return { code: error instanceof StoppedError ? grpc.status.UNAVAILABLE : grpc.status.UNKNOWN, details };
}
