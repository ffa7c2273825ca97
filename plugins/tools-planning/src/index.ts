import { definePlugin, HomeFolder } from '@maestro/core';
import { askUser } from './ask-user.js';
import { enterPlanMode, exitPlanMode } from './plan-mode.js';
import { saveMemory } from './save-memory.js';
import { todoPause, todoRead, todoWrite, writeTodos } from './todos.js';
import { addDependency, createTask, getTask, listTasks, updateTask, visualize } from './tracker.js';
import { updateTopic } from './update-topic.js';

export default definePlugin({
  name: '@maestro/tools-planning',
  activate(ctx) {
    ctx.tools.add(writeTodos);
    ctx.tools.add(todoWrite);
    ctx.tools.add(todoRead);
    ctx.tools.add(visualize);
    ctx.tools.add(todoPause);
    ctx.tools.add(createTask);
    ctx.tools.add(getTask);
    ctx.tools.add(listTasks);
    ctx.tools.add(updateTask);
    ctx.tools.add(addDependency);
    ctx.tools.add(saveMemory(() => ctx.resolve(HomeFolder).path));
    ctx.tools.add(askUser);
    ctx.tools.add(enterPlanMode);
    ctx.tools.add(exitPlanMode);
    ctx.tools.add(updateTopic);
  },
});
