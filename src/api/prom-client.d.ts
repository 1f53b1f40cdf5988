/** The part of prom-client that we load; its whole brings a web client and a cluster, 60 ms and 13 MB. */
declare module "prom-client/lib/registry.js" {
  interface Sample {
    readonly value: number;
    readonly labels: Readonly<Record<string, string | number>>;
    /** Written once for all samples that have this very object. */
    readonly sharedLabels?: Readonly<Record<string, string | number>>;
  }

  interface Family {
    readonly name: string;
    readonly help: string;
    readonly type: "gauge" | "counter";
    readonly values: readonly Sample[];
  }

  class Registry {
    static readonly PROMETHEUS_CONTENT_TYPE: string;
    static readonly OPENMETRICS_CONTENT_TYPE: string;
    constructor(contentType: string);
    /** Whatever tells its name and gives its samples. */
    registerMetric(metric: { readonly name: string; get(): Promise<Family> }): void;
    getSingleMetricAsString(name: string): Promise<string>;
  }

  export = Registry;
}
