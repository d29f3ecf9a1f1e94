/** Programs that verify the signature of a webhook, shown for copying. Tests run them. */

export const PYTHON_EXAMPLE = `# pip install flask standardwebhooks
import os

from flask import Flask, request
from standardwebhooks import Webhook, WebhookVerificationError

app = Flask(__name__)
webhook = Webhook(os.environ["WEBHOOK_SECRET"])  # whsec_...


@app.post("/webhook")
def receive():
    try:
        # The body as it arrived: JSON that was parsed and written again has another signature.
        message = webhook.verify(request.get_data(), dict(request.headers))
    except (WebhookVerificationError, ValueError):
        return "", 401
    # A message may arrive more than once, always with the same Webhook-Id.
    print(request.headers["Webhook-Id"], message["type"], message["data"])
    return "", 204
`;

export const TYPESCRIPT_EXAMPLE = `// npm install standardwebhooks
import { Webhook } from 'standardwebhooks';

const webhook = new Webhook(process.env.WEBHOOK_SECRET ?? ''); // whsec_...

type Message = { type: string; timestamp: string; data: unknown };

/** For everything with the standard Request and Response, such as a route handler of Next.js. */
export async function POST(request: Request): Promise<Response> {
  let message: Message;
  try {
    // The body as it arrived: JSON that was parsed and written again has another signature.
    message = webhook.verify(await request.text(), Object.fromEntries(request.headers)) as Message;
  } catch {
    return new Response(null, { status: 401 });
  }
  // A message may arrive more than once, always with the same webhook-id.
  console.log(request.headers.get('webhook-id'), message.type, message.data);
  return new Response(null, { status: 204 });
}
`;
