/**
 * What a panel shows: a small tree of plain data that the browser and the terminal both can draw.
 * A host that meets a type it does not know draws nothing in its place.
 */
export type View =
  | StackView
  | RowView
  | StatView
  | GaugeView
  | SeriesView
  | TableView
  | LogView
  | MarkdownView
  | TreeView
  | FormView
  | ButtonView;

/** How a thing is to be taken; hosts choose colour and sign. */
export type Tone = 'neutral' | 'good' | 'warn' | 'bad';

export interface StackView {
  type: 'stack';
  title?: string;
  items: View[];
}
export interface RowView {
  type: 'row';
  items: View[];
}
export interface StatView {
  type: 'stat';
  label: string;
  value: string;
  unit?: string;
  tone?: Tone;
}
export interface GaugeView {
  type: 'gauge';
  label: string;
  value: number;
  max: number;
  unit?: string;
  tone?: Tone;
}
export interface SeriesView {
  type: 'series';
  label: string;
  unit?: string;
  lines: {
    name: string /** Time in epoch milliseconds, then the value; oldest first. */;
    points: [number, number][];
  }[];
}
export interface TableView {
  type: 'table';
  columns: { key: string; label: string; align?: 'start' | 'end' }[];
  rows: Record<string, string | number | null>[];
}
export interface LogView {
  type: 'log';
  /** Oldest first. */
  lines: { at: string; text: string; tone?: Tone }[];
}
export interface MarkdownView {
  type: 'markdown';
  text: string;
}
export interface TreeView {
  type: 'tree';
  nodes: TreeNode[];
}
export interface TreeNode {
  label: string;
  detail?: string;
  open?: boolean;
  children?: TreeNode[];
}
export interface FormView {
  type: 'form';
  /** Action that receives the fields by name. */
  action: string;
  submit: string;
  fields: FormField[];
}
export interface FormField {
  name: string;
  label: string;
  hint?: string;
  kind: 'text' | 'secret' | 'number' | 'switch' | 'choice';
  value?: string | number | boolean;
  choices?: string[];
}
export interface ButtonView {
  type: 'button';
  label: string;
  action: string;
  tone?: Tone;
  /** A question to answer with yes before it acts. */
  confirm?: string;
}
