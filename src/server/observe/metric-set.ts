/** Label names and values. Values are of a small closed set: never a repository's name, never what a client sent. */
export type Labels = Readonly<Record<string, string>>;

export type MetricKind = "counter" | "gauge" | "histogram";

/** One number of a family. Keep it: looking it up is what costs. */
export interface Cell {
  value: number;
}

/** What a collector adds at the time of a scrape. */
export interface MetricSample {
  readonly name: string;
  readonly kind: "counter" | "gauge";
  readonly help: string;
  readonly values: readonly { readonly labels?: Labels; readonly value: number }[];
}

/** All metrics of a process, as text. */
export interface MetricSet {
  counter(name: string, help: string): Family;
  gauge(name: string, help: string): Family;
  /** Asked at each scrape. One that throws is left out and counted in `kasane_scrape_errors_total`. */
  collect(collector: () => readonly MetricSample[] | Promise<readonly MetricSample[]>): void;
  text(): Promise<string>;
}

/** Numbers of one name, told apart by labels. At most 1000 of them: what comes later is counted in one cell `other`. */
export interface Family {
  cell(labels?: Labels): Cell;
}
