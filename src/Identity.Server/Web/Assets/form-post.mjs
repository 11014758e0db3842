// Sends the answer to the application (response_mode=form_post). The prototype's method: a field may be named "submit".
HTMLFormElement.prototype.submit.call(document.getElementById("form-post"));
