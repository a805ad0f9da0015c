// Shows the API's document by Redoc, whose styles carry the nonce of the page. It tells nobody.
import { init } from "./redoc.standalone.js";

const place = document.getElementById("redoc");

init(place.dataset.document, { disableTelemetry: true }, place);
