import { quote } from "./quote.ts";

/** What a template is made of. `at` is where the node begins in the text, as Go counts it for error texts. */
export type Node = ActionNode | BranchNode | ListNode | TemplateNode | TextNode | BreakNode | ContinueNode;

export interface ListNode {
  readonly kind: "list";
  readonly at: number;
  readonly nodes: Node[];
}

export interface TextNode {
  readonly kind: "text";
  readonly at: number;
  readonly text: string;
}

export interface ActionNode {
  readonly kind: "action";
  readonly at: number;
  readonly pipe: PipeNode;
}

export interface BranchNode {
  readonly kind: "if" | "with" | "range";
  readonly at: number;
  readonly pipe: PipeNode;
  readonly list: ListNode;
  readonly elseList: ListNode | undefined;
}

export interface TemplateNode {
  readonly kind: "template";
  readonly at: number;
  readonly name: string;
  readonly pipe: PipeNode | undefined;
}

export interface BreakNode {
  readonly kind: "break";
  readonly at: number;
}

export interface ContinueNode {
  readonly kind: "continue";
  readonly at: number;
}

export interface PipeNode {
  readonly kind: "pipe";
  readonly at: number;
  /** `$i, $x :=`; an assignment with `=` when `isAssign`. */
  readonly declared: readonly VariableNode[];
  readonly isAssign: boolean;
  readonly commands: readonly CommandNode[];
}

export interface CommandNode {
  readonly kind: "command";
  readonly at: number;
  readonly args: readonly Operand[];
}

export type Operand =
  | BoolNode
  | ChainNode
  | DotNode
  | FieldNode
  | IdentifierNode
  | NilNode
  | NumberNode
  | PipeNode
  | StringNode
  | VariableNode;

export interface BoolNode {
  readonly kind: "bool";
  readonly at: number;
  readonly value: boolean;
}

/** Fields of what an operand in parentheses, or a function, gives. */
export interface ChainNode {
  readonly kind: "chain";
  readonly at: number;
  readonly node: Operand;
  readonly fields: readonly string[];
}

export interface DotNode {
  readonly kind: "dot";
  readonly at: number;
}

export interface FieldNode {
  readonly kind: "field";
  readonly at: number;
  readonly names: readonly string[];
}

export interface IdentifierNode {
  readonly kind: "identifier";
  readonly at: number;
  readonly name: string;
}

export interface NilNode {
  readonly kind: "nil";
  readonly at: number;
}

export interface NumberNode {
  readonly kind: "number";
  readonly at: number;
  readonly text: string;
  /** Present where the number is one of that type. */
  readonly int?: bigint;
  readonly uint?: bigint;
  readonly float?: number;
}

export interface StringNode {
  readonly kind: "string";
  readonly at: number;
  readonly quoted: string;
  readonly text: string;
}

/** The variable, `$` included, and fields of it. */
export interface VariableNode {
  readonly kind: "variable";
  readonly at: number;
  readonly names: readonly string[];
}

export type AnyNode = Node | PipeNode | CommandNode | Operand;

/** The node as Go writes it into error texts. */
export function describe(node: AnyNode): string {
  switch (node.kind) {
    case "list":
      return node.nodes.map(describe).join("");
    case "text":
      return node.text;
    case "action":
      return `{{${describe(node.pipe)}}}`;
    case "if":
    case "with":
    case "range": {
      const rest = node.elseList ? `{{else}}${describe(node.elseList)}` : "";
      return `{{${node.kind} ${describe(node.pipe)}}}${describe(node.list)}${rest}{{end}}`;
    }
    case "template":
      return `{{template ${quote(node.name)}${node.pipe ? ` ${describe(node.pipe)}` : ""}}}`;
    case "break":
    case "continue":
      return `{{${node.kind}}}`;
    case "pipe": {
      const names = node.declared.map(describe).join(", ");
      const declared = names === "" ? "" : `${names} ${node.isAssign ? "=" : ":="} `;
      return declared + node.commands.map(describe).join(" | ");
    }
    case "command":
      return node.args.map(inParentheses).join(" ");
    case "bool":
      return String(node.value);
    case "chain":
      return `${inParentheses(node.node)}.${node.fields.join(".")}`;
    case "dot":
      return ".";
    case "field":
      return `.${node.names.join(".")}`;
    case "identifier":
      return node.name;
    case "nil":
      return "nil";
    case "number":
      return node.text;
    case "string":
      return node.quoted;
    case "variable":
      return node.names.join(".");
  }
}

function inParentheses(node: Operand): string {
  return node.kind === "pipe" ? `(${describe(node)})` : describe(node);
}
