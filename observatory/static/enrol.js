// Fills the enrolment code in that stands behind the # of a link: a browser sends that part to no server, so no log of one keeps it.
"use strict";
const field = document.querySelector("input[name=code]");
if (field && !field.value && location.hash.length > 1) {
  field.value = decodeURIComponent(location.hash.slice(1));
  history.replaceState(null, "", location.pathname);
}
