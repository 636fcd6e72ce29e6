// The few parts of JupyterLab's application object that the tests look at.

import type { Output } from '../notebooks/run.js';

interface Message {
  header: { msg_id: string; msg_type: string };
  parent_header: { msg_id?: string };
  metadata: { cellId?: string };
  content: { status?: string };
}

interface Kernel {
  name: string;
  status: string;
  subshellId: string | null;
  info: Promise<{ language_info: { name: string } }>;
  statusChanged: { connect(slot: (sender: unknown, status: string) => void): void };
  anyMessage: {
    connect(slot: (sender: unknown, event: { msg: Message; direction: 'send' | 'recv' }) => void): void;
  };
}

interface CellWidget {
  node: HTMLElement;
  model: {
    id: string;
    type: string;
    sharedModel: { getSource(): string };
    outputs: { length: number; get(index: number): { toJSON(): Output } };
  };
}

interface NotebookWidget {
  node: HTMLElement;
  close(): void;
  content: { widgets: CellWidget[] };
  context: {
    path: string;
    isReady: boolean;
    model: { dirty: boolean };
    save(): Promise<void>;
    sessionContext: {
      isReady: boolean;
      session: { kernel: Kernel | null } | null;
      shutdown(): Promise<void>;
    };
  };
  /** Of a console, which has no document. */
  sessionContext?: { session: { kernel: Kernel | null } | null };
}

declare global {
  interface Window {
    jupyterapp: {
      restored: Promise<void>;
      commands: { execute(id: string, args?: object): Promise<unknown> };
      shell: { currentWidget: NotebookWidget | null };
    };
    cellReplies?: Record<string, string>;
    runAllDone?: boolean;
    kernelLost?: string;
    plotsToLayOut?: Set<Element>;
  }
}
