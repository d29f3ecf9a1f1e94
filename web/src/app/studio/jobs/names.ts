import { messages } from '@/messages';

const TASKS: Record<string, string> = messages.manage.jobs.tasks;

/** Return what a task is called; its own name if it has no other. */
export const nameOf = (task: string) => TASKS[task] ?? task;
