/** A request of the cloud's services: long polls must know when nobody waits for them any more. */
import type { Request as ServiceRequest } from "../http-service.ts";

export interface Request extends ServiceRequest {
  /** Aborted when the client goes without waiting for the answer. */
  readonly gone: AbortSignal;
}
