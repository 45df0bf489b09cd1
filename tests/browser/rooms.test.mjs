// What people do in rooms and conversations at the page of rooms, on one stack; each file says what must always hold.

import "./rooms/talking.mjs";
import "./rooms/order.mjs";
import "./rooms/desk.mjs";
import "./rooms/entry.mjs";
import "./rooms/notices.mjs";
import "./rooms/finding.mjs";
import "./rooms/returning.mjs";
