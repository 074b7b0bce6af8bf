/** The dry run: prints what would be sent. */
import { emailMessage } from '../messages/email-message.js';
import { toText } from '../messages/phrase.js';
import type { Content, Sender, SendResult } from './types.js';

/** @param print takes text of several lines, without a line break at its end. */
export function createPrintSender(print: (text: string) => void): Sender {
  const say = (what: string, destination: string, text: string, content: Content): SendResult => {
    print(`--- ${what} to ${destination}\n${text.trimEnd()}\n---`);
    return { is: 'sent', remote: { channel: destination, id: content.key } };
  };
  const whole = ({ card }: Content): string => emailMessage(card).text;
  return {
    channel: 'print',
    onePerPass: false,
    open: (destination, content) => Promise.resolve(say('would send', destination, whole(content), content)),
    update: (remote, content) =>
      Promise.resolve(say('would change the message', remote.channel, whole(content), content)),
    reply: (destination, _remote, content) =>
      Promise.resolve(
        say('would add to the thread', destination, content.note.map(toText).join('\n'), content),
      ),
  };
}
