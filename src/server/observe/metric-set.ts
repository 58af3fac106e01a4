/** Label names and values. Values are of a small closed set: never a repository's name, never what a client sent. */
export type Labels = Readonly<Record<string, string>>;

/** One number of a family. Keep it: looking it up is what costs. */
export interface Cell {
  value: number;
}

/** Numbers of one name, told apart by labels. */
export interface Family {
  /** Past 1000 of them all further ones are one cell: a mistake with labels costs bounded memory. */
  cell(labels?: Labels): Cell;
}

/** How often values of some size were seen. Keep it as well. */
export interface Histogram {
  observe(value: number): void;
}

export interface HistogramFamily {
  histogram(labels?: Labels): Histogram;
}

/** What a collector adds at the time of a scrape. */
export interface MetricSample {
  readonly name: string;
  readonly kind: "counter" | "gauge";
  readonly help: string;
  readonly values: readonly { readonly labels?: Labels; readonly value: number }[];
}

export type Collector = () => readonly MetricSample[] | Promise<readonly MetricSample[]>;

const cellLimit = 1000;
const namePattern = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;

/** All numbers of one process, and their text for Prometheus (exposition format 0.0.4, which every scraper reads). */
export class MetricSet {
  readonly #families = new Map<string, FamilyText>();
  readonly #collectors: Collector[] = [];
  readonly #scrapeErrors = this.counter(
    "kasane_scrape_errors_total",
    "Parts of the metrics that could not be asked.",
  ).cell();

  counter(name: string, help: string): Family {
    return this.#add(new Cells(name, "counter", help));
  }

  gauge(name: string, help: string): Family {
    return this.#add(new Cells(name, "gauge", help));
  }

  /** `bounds`: upper ends of the buckets, inclusive, ascending; a last one without end is added. */
  histogram(name: string, help: string, bounds: readonly number[]): HistogramFamily {
    return this.#add(new Histograms(name, help, bounds));
  }

  /** Asked at each scrape. One that throws is left out and counted in `kasane_scrape_errors_total`. */
  collect(collector: Collector): void {
    this.#collectors.push(collector);
  }

  async text(): Promise<string> {
    const collected = await Promise.all(this.#collectors.map((collector) => this.#ask(collector)));
    const lines: string[] = [];
    for (const family of this.#families.values()) family.write(lines);
    for (const sample of collected.flat()) {
      if (sample.values.length === 0) continue;
      writeHead(lines, sample.name, sample.kind, sample.help);
      for (const { labels, value } of sample.values) {
        lines.push(`${sample.name}${labelText(labels)} ${numberText(value)}`);
      }
    }
    return `${lines.join("\n")}\n`;
  }

  async #ask(collector: Collector): Promise<readonly MetricSample[]> {
    try {
      return await collector();
    } catch {
      this.#scrapeErrors.value++;
      return [];
    }
  }

  #add<F extends FamilyText>(family: F): F {
    if (!namePattern.test(family.name) || this.#families.has(family.name)) {
      throw new Error(`${family.name} is no name for a metric, or is one already`);
    }
    this.#families.set(family.name, family);
    return family;
  }
}

interface FamilyText {
  readonly name: string;
  write(lines: string[]): void;
}

class Cells implements Family, FamilyText {
  readonly name: string;
  readonly #kind: "counter" | "gauge";
  readonly #help: string;
  readonly #cells = new Map<string, Cell>();

  constructor(name: string, kind: "counter" | "gauge", help: string) {
    this.name = name;
    this.#kind = kind;
    this.#help = help;
  }

  cell(labels?: Labels): Cell {
    return keep(this.#cells, labels, () => ({ value: 0 }));
  }

  write(lines: string[]): void {
    if (this.#cells.size === 0) return;
    writeHead(lines, this.name, this.#kind, this.#help);
    for (const [labels, { value }] of this.#cells) lines.push(`${this.name}${labels} ${numberText(value)}`);
  }
}

class Histograms implements HistogramFamily, FamilyText {
  readonly name: string;
  readonly #help: string;
  readonly #bounds: Float64Array;
  readonly #cells = new Map<string, Buckets>();

  constructor(name: string, help: string, bounds: readonly number[]) {
    this.name = name;
    this.#help = help;
    this.#bounds = Float64Array.from(bounds);
  }

  histogram(labels?: Labels): Histogram {
    return keep(this.#cells, labels, () => new Buckets(this.#bounds));
  }

  write(lines: string[]): void {
    if (this.#cells.size === 0) return;
    writeHead(lines, this.name, "histogram", this.#help);
    for (const [labels, buckets] of this.#cells) {
      const inner = labels === "" ? "" : `${labels.slice(1, -1)},`;
      let count = 0;
      for (const [index, seen] of buckets.counts.entries()) {
        count += seen;
        const bound = index < this.#bounds.length ? numberText(this.#bounds[index]!) : "+Inf";
        lines.push(`${this.name}_bucket{${inner}le="${bound}"} ${count}`);
      }
      lines.push(
        `${this.name}_sum${labels} ${numberText(buckets.sum)}`,
        `${this.name}_count${labels} ${count}`,
      );
    }
  }
}

class Buckets implements Histogram {
  readonly counts: Float64Array;
  sum = 0;
  readonly #bounds: Float64Array;

  constructor(bounds: Float64Array) {
    this.#bounds = bounds;
    this.counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    const bounds = this.#bounds;
    let index = 0;
    while (index < bounds.length && value > bounds[index]!) index++;
    this.counts[index]!++;
    this.sum += value;
  }
}

function keep<C>(cells: Map<string, C>, labels: Labels | undefined, make: () => C): C {
  let text = labelText(labels);
  let cell = cells.get(text);
  if (cell !== undefined) return cell;
  if (cells.size >= cellLimit) text = '{overflow="true"}';
  cell = cells.get(text) ?? make();
  cells.set(text, cell);
  return cell;
}

function writeHead(lines: string[], name: string, kind: string, help: string): void {
  lines.push(
    `# HELP ${name} ${help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}`,
    `# TYPE ${name} ${kind}`,
  );
}

function labelText(labels: Labels | undefined): string {
  if (labels === undefined) return "";
  const parts = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return parts.length === 0 ? "" : `{${parts.join(",")}}`;
}

function escapeLabel(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  if (value === Number.NEGATIVE_INFINITY) return "-Inf";
  return Number.isNaN(value) ? "NaN" : String(value);
}
