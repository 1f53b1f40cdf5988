/** The parts used here of a package that has no types of its own. */
declare module "xmlrpc" {
  export interface Client {
    methodCall(
      method: string,
      params: readonly unknown[],
      callback: (
        error: (Error & { code?: number; faultCode?: number; faultString?: string }) | null,
        value: unknown,
      ) => void,
    ): void;
  }
  export function createClient(options: {
    readonly host?: string;
    readonly port?: number;
    readonly path?: string;
    readonly socketPath?: string;
    readonly basic_auth?: { readonly user: string; readonly pass: string };
  }): Client;
}
