import { emailMessage } from '../messages/email-message.js';
import type { ActionTeller, ToldCard } from './tell.js';

/** The dry run: prints what would be sent. */
export function createPrintTeller(print: (text: string) => void): ActionTeller {
  const say = (what: string, destination: string, { card, key }: ToldCard) => {
    print(`--- ${what} ${destination}\n${emailMessage(card).text.trimEnd()}\n---`);
    return Promise.resolve({ is: 'sent', remote: { channel: destination, id: key } } as const);
  };
  return {
    channel: 'print',
    hasButtons: false,
    open: (destination, told) => say('would send to', destination, told),
    update: (remote, told) => say('would change the message to', remote.channel, told),
  };
}
