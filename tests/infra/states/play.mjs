// Plays state machines with functions that answer as told.
//
// stdin:  {"definition", "input", "plays": [{STATE: [{"result"} or {"error", "cause"}, …]}, …]}
// stdout: [{"entered": [STATE, …], "calls": [[STATE, PARAMETERS], …], "retried", "output" or "error" and "cause"}, …]
import { createRequire } from 'node:module';
import { text } from 'node:stream/consumers';

const { StateMachine } = createRequire(process.argv[2])('aws-local-stepfunctions');

class Named extends Error {
  constructor(name, cause) {
    super(cause);
    this.name = name;
  }
}

const { definition, input, plays } = JSON.parse(await text(process.stdin));
const machine = new StateMachine(definition, { validationOptions: { checkArn: false } });
const nothing = Object.fromEntries(Object.keys(definition.States).map((name) => [name, 0]));

async function play(answers) {
  const told = { entered: [], calls: [], retried: 0 };
  const handlers = {};
  for (const [state, list] of Object.entries(answers)) {
    handlers[state] = async (parameters) => {
      told.calls.push([state, parameters]);
      const answer = list.shift();
      if (answer === undefined) throw new Named('NothingToSay', `${state} was called once more than was told`);
      if (answer.error) throw new Named(answer.error, answer.cause);
      return answer.result;
    };
  }
  const execution = machine.run(input, {
    context: { Execution: { Id: 'arn:execution', Input: input, StartTime: '2026-01-01T00:00:00.000Z' } },
    overrides: {
      taskResourceLocalHandlers: handlers,
      waitTimeOverrides: nothing,
      retryIntervalOverrides: nothing,
    },
  });
  const ended = execution.result.then((output) => (told.output = output), () => {});
  for await (const event of execution.eventLogs) {
    if (event.type === 'StateEntered') told.entered.push(event.state.name);
    if (event.type === 'StateRetried') told.retried += 1;
    if (event.type === 'ExecutionFailed') Object.assign(told, { error: event.Error, cause: event.Cause });
  }
  await ended;
  return told;
}

process.stdout.write(JSON.stringify(await Promise.all(plays.map(play))));
