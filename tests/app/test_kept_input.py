"""What a visitor typed survives the way to Zoho's consent page and back."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

import pytest
from django import forms
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import engines
from django.test import Client
from django.urls import include, path
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import FormView

from django_zcrm import ZCRMRequiredMixin, zcrm, zcrm_required
from django_zcrm.models import Connection
from django_zcrm.web.forms import KEY, LIFE, MAX_BYTES, MAX_FORMS, pop_input, restore_input
from tests.app.consent import press
from tests.app.zoho import Zoho

if TYPE_CHECKING:
    from pytest_django import Settings

    OrderFormView = FormView["OrderForm"]
else:
    OrderFormView = FormView

pytestmark = pytest.mark.django_db

COLOURS = [("r", "Red"), ("g", "Green"), ("b", "Blue")]


class OrderForm(forms.Form):
    """A field for each kind of widget."""

    Name = forms.CharField(initial="nobody")
    Note = forms.CharField(widget=forms.Textarea, required=False)
    Stage = forms.ChoiceField(choices=[("", "-"), *COLOURS], required=False)
    Colours = forms.MultipleChoiceField(choices=COLOURS, required=False)
    Boxes = forms.MultipleChoiceField(
        choices=COLOURS, required=False, widget=forms.CheckboxSelectMultiple, initial=["b"]
    )
    Urgent = forms.BooleanField(required=False, initial=True)
    When = forms.SplitDateTimeField(required=False)
    Amount = forms.IntegerField(required=False, show_hidden_initial=True, initial=3)
    row = forms.CharField(widget=forms.HiddenInput, initial="fresh")
    password = forms.CharField(widget=forms.PasswordInput(render_value=True), required=False)
    Key = forms.CharField(required=False, widget=forms.PasswordInput(render_value=True))
    pin = forms.CharField(required=False)
    card_number = forms.CharField(required=False)
    Offer = forms.FileField(required=False)


TYPED: dict[str, Any] = {
    "Name": 'Ann "Li" <b>',
    "Note": "first\nsecond",
    "Stage": "g",
    "Colours": ["r", "b"],
    "When_0": "2030-01-31",
    "When_1": "12:30:00",
    "Amount": "7",
    "initial-Amount": "3",
    "row": "stale",
    "password": "hunter2",
    "Key": "hunter2",
    "pin": "hunter2",
    "card_number": "hunter2",
    "csrfmiddlewaretoken": "hunter2",
}


def page(request: HttpRequest, form: forms.Form) -> HttpResponse:
    template = engines["django"].from_string(
        "{% for message in messages %}[{{ message }}]{% endfor %}"
        '<form method="post">{{ form.as_div }}</form>'
    )
    return HttpResponse(template.render({"form": form}, request))


@zcrm_required
def order(request: HttpRequest) -> HttpResponse:
    form = OrderForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        return HttpResponse("saved")
    return page(request, restore_input(request, form))


def unguarded(request: HttpRequest) -> HttpResponse:
    form = OrderForm(request.POST or None, prefix="order")
    if form.is_valid():
        zcrm.for_user(request.user).org.get()
    return page(request, restore_input(request, form))


@sensitive_post_parameters("Note")
@zcrm_required
def partly_sensitive(request: HttpRequest) -> HttpResponse:
    return page(request, restore_input(request, OrderForm(request.POST or None)))


@sensitive_post_parameters()
@zcrm_required
def sensitive(request: HttpRequest) -> HttpResponse:
    return page(request, restore_input(request, OrderForm(request.POST or None)))


class OrderView(ZCRMRequiredMixin, OrderFormView):
    form_class = OrderForm

    def get_form(self, form_class: Any = None) -> OrderForm:
        return restore_input(self.request, super().get_form(form_class))

    def render_to_response(self, context: Any, **more: Any) -> Any:
        return page(self.request, context["form"])


@zcrm_required
def without_forms(request: HttpRequest) -> HttpResponse:
    return JsonResponse(dict(pop_input(request).lists()))


def two_forms(request: HttpRequest) -> HttpResponse:
    class Box(forms.Form):
        News = forms.BooleanField(initial=True, required=False)

    first = restore_input(request, Box())
    second = restore_input(request, OrderForm())
    return HttpResponse(first.as_p() + page(request, second).text)


@zcrm_required
def send(request: HttpRequest) -> HttpResponse:
    return HttpResponse("sent")


urlpatterns = [
    path("zcrm/", include("django_zcrm.urls")),
    path("order/", order),
    path("ördér/", order),
    path("unguarded/", unguarded),
    path("partly-sensitive/", partly_sensitive),
    path("sensitive/", sensitive),
    path("class/", OrderView.as_view()),
    path("plain/", without_forms),
    path("two/", two_forms),
    path("send/", send),
]


@pytest.fixture(autouse=True)
def site(settings: Settings, zoho: Zoho) -> None:
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "django_zcrm.web.middleware.ZCRMErrorMiddleware"]


@pytest.fixture
def user() -> User:
    return User.objects.create_user("alice")


@pytest.fixture
def browser(client: Client, user: User) -> Client:
    client.force_login(user)
    return client


def inputs(text: str) -> dict[str, Any]:
    """Return what a browser would send of a page: the values of its controls."""
    stored: dict[str, Any] = {}
    for attributes in re.findall(r"<input ([^>]*)>", text):
        got = dict(re.findall(r'(\w[\w-]*)="([^"]*)"', attributes))
        ticked = got.get("type") not in {"checkbox", "radio"} or " checked" in f" {attributes}"
        if ticked:
            stored.setdefault(got["name"], []).append(html.unescape(got.get("value", "")))
    for name, body in re.findall(r'<select name="(\w+)".*?>(.*?)</select>', text, re.S):
        stored[name] = re.findall(r'value="(\w*)" selected', body)
    for name, body in re.findall(r'<textarea name="(\w+)".*?>\n?(.*?)</textarea>', text, re.S):
        stored[name] = [html.unescape(body)]
    return stored


def round_trip(zoho: Zoho, browser: Client, url: str, typed: Any = None, **headers: str) -> Any:
    """Send the form, connect, and return the page that the visitor comes back to."""
    referer = {"Referer": f"http://testserver{url}"}
    response = browser.post(url, TYPED if typed is None else typed, headers=referer | headers)
    if response.status_code == 302:
        response = browser.get(response["Location"])
    back = press(zoho, browser, response)
    return browser.get(back["Location"])


@pytest.mark.parametrize("url", ["/order/", "/order/?a=1", "/class/", "/%C3%B6rd%C3%A9r/"])
def test_all_but_secrets_is_in_the_form_again(zoho: Zoho, browser: Client, url: str) -> None:
    response = round_trip(zoho, browser, url)
    assert response.status_code == 200
    got = inputs(response.text)
    for name in ("Name", "Note", "When_0", "When_1", "Amount", "initial-Amount", "Stage"):
        assert got[name] == [TYPED[name]], name
    assert got["Colours"] == ["r", "b"]
    assert "Boxes" not in got  # they were not ticked
    assert "Urgent" not in got
    assert got["row"] == ["fresh"]
    assert "hunter2" not in response.text
    assert "errorlist" not in response.text
    assert "Your input has been restored" in response.text
    assert "Files" not in response.text
    # Once only.
    assert inputs(browser.get(url).text)["Name"] == ["nobody"]


def test_boxes_that_were_ticked_are_ticked(zoho: Zoho, browser: Client) -> None:
    got = inputs(
        round_trip(zoho, browser, "/order/", {"Name": "x", "Boxes": ["r"], "Urgent": "on"}).text
    )
    assert got["Boxes"] == ["r"]
    assert "Urgent" in got


def test_input_is_kept_if_the_view_finds_the_lost_consent(
    zoho: Zoho, browser: Client, user: User
) -> None:
    """Its form has a prefix, and the middleware answers the error."""
    typed = {f"order-{name}": value for name, value in TYPED.items()}
    typed = {**typed, "initial-order-Amount": "3"}
    got = inputs(round_trip(zoho, browser, "/unguarded/", typed).text)
    assert got["order-Name"] == [TYPED["Name"]]
    assert got["initial-order-Amount"] == ["3"]
    assert got["order-Amount"] == ["7"]


def test_restored_input_can_be_submitted(zoho: Zoho, browser: Client) -> None:
    got = inputs(round_trip(zoho, browser, "/order/").text)
    assert browser.post("/order/", got).text == "saved"


def test_files_are_not_kept_and_message_explains(zoho: Zoho, browser: Client) -> None:
    file = SimpleUploadedFile("offer.txt", b"hunter2")
    response = round_trip(zoho, browser, "/order/", {"Name": "x", "Offer": file})
    assert inputs(response.text)["Name"] == ["x"]
    assert "Files have to be chosen again." in response.text
    assert "hunter2" not in str(dict(browser.session))


def test_no_secret_gets_into_the_session(browser: Client) -> None:
    browser.post("/order/", TYPED)
    assert "Ann" in str(browser.session[KEY])
    assert "hunter2" not in str(browser.session[KEY])


def test_sensitive_post_parameters_are_not_kept(browser: Client) -> None:
    browser.post("/partly-sensitive/", TYPED)
    (entry,) = browser.session[KEY]
    assert "Name" in entry["fields"]
    assert "Note" not in entry["fields"]
    browser.post("/sensitive/", TYPED)
    assert browser.session[KEY] == [entry]


def test_the_form_of_another_page_is_kept_for_that_page(zoho: Zoho, browser: Client) -> None:
    response = browser.post("/send/", TYPED, headers={"Referer": "http://testserver/order/"})
    press(zoho, browser, browser.get(response["Location"]))
    assert inputs(browser.get("/order/").text)["Name"] == [TYPED["Name"]]


@pytest.mark.parametrize("referer", ["https://evil.example/order/", ""])
def test_without_a_page_of_this_site_it_is_kept_for_the_address(
    zoho: Zoho, browser: Client, referer: str
) -> None:
    browser.post("/order/", TYPED, headers={"Referer": referer})
    press(zoho, browser, browser.get("/zcrm/connect/"))
    assert inputs(browser.get("/order/").text)["Name"] == [TYPED["Name"]]


def test_form_sent_by_htmx_is_kept(zoho: Zoho, browser: Client) -> None:
    here = "http://testserver/order/"
    response = browser.post("/send/", TYPED, headers={"HX-Request": "true", "HX-Current-URL": here})
    press(zoho, browser, browser.get(response["HX-Redirect"]))
    assert inputs(browser.get("/order/").text)["Name"] == [TYPED["Name"]]


def test_a_refused_consent_loses_nothing(zoho: Zoho, browser: Client) -> None:
    response = browser.post("/order/", TYPED, headers={"Referer": "http://testserver/order/"})
    url = browser.post("/zcrm/connect/", {"next": "/order/"})["Location"]
    response = browser.get(zoho.consent(url, accept=False))
    connect_page = re.search(r'href="(/zcrm/connect/\?next=[^"]+)"', response.text)
    assert connect_page
    back = press(zoho, browser, browser.get(html.unescape(connect_page[1])))
    assert inputs(browser.get(back["Location"]).text)["Name"] == [TYPED["Name"]]


def test_sites_without_forms_get_the_values(zoho: Zoho, browser: Client) -> None:
    response = round_trip(
        zoho, browser, "/plain/", {"Name": "x", "Colours": ["r", "b"], "secret": "s"}
    )
    assert response.json() == {"Name": ["x"], "Colours": ["r", "b"]}
    assert browser.get("/plain/").json() == {}


def test_another_form_on_the_page_stays_as_it_is(browser: Client) -> None:
    browser.post("/send/", TYPED, headers={"Referer": "http://testserver/two/"})
    got = inputs(browser.get("/two/").text)
    assert "News" in got  # ticked, as it is at first
    assert got["Name"] == [TYPED["Name"]]


def test_kept_input_is_limited_in_size_number_and_time(
    zoho: Zoho, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser.post("/order/", {"Name": "x" * MAX_BYTES})
    assert KEY not in browser.session
    for number in range(MAX_FORMS + 2):
        here = f"http://testserver/page-{number}/"
        browser.post("/send/", {"Name": "x"}, headers={"Referer": here})
        browser.post("/send/", {"Name": "y"}, headers={"Referer": here})
    entries = browser.session[KEY]
    assert [entry["page"] for entry in entries] == ["/page-2/", "/page-3/", "/page-4/"]
    assert {entry["fields"]["Name"][0] for entry in entries} == {"y"}
    browser.post("/order/", TYPED)
    later = entries[-1]["began"] + LIFE + 60
    monkeypatch.setattr("django_zcrm.web.forms.time.time", lambda: later)
    press(zoho, browser, browser.get("/zcrm/connect/"))
    assert inputs(browser.get("/order/").text)["Name"] == ["nobody"]


def test_kept_input_is_only_for_its_user(zoho: Zoho, browser: Client, client: Client) -> None:
    browser.post("/order/", TYPED)
    entries = browser.session[KEY]
    other = User.objects.create_user("mallory")
    client.force_login(other)
    session = client.session
    session[KEY] = entries
    session.save()
    press(zoho, client, client.get("/zcrm/connect/"))
    assert inputs(client.get("/order/").text)["Name"] == ["nobody"]


def test_nothing_is_kept_of_the_anonymous_or_in_cookies_or_of_json(
    client: Client, user: User, settings: Settings
) -> None:
    client.post("/order/", TYPED)
    assert KEY not in client.session
    client.force_login(user)
    client.post("/order/", {"Name": "x"}, content_type="application/json")
    assert KEY not in client.session
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
    client.force_login(user)
    client.post("/order/", TYPED)
    assert KEY not in client.session


def test_get_requests_keep_nothing_and_bound_forms_are_left_alone(browser: Client, rf: Any) -> None:
    browser.get("/order/?Name=x")
    assert KEY not in browser.session
    request = rf.post("/order/", {"Name": "y"})
    form = OrderForm(request.POST)
    assert restore_input(request, form) is form
    assert form["Name"].value() == "y"


def test_withdrawn_consent_keeps_input(zoho: Zoho, browser: Client) -> None:
    press(zoho, browser, browser.get("/zcrm/connect/"))
    zoho.revoke()
    Connection.objects.update(expires_at=None)
    assert browser.get("/order/").status_code == 200
    here = {"Referer": "http://testserver/unguarded/"}
    typed = {f"order-{name}": value for name, value in TYPED.items()}
    response = browser.post("/unguarded/", typed, headers=here)
    assert "Please connect again" in response.text
    back = press(zoho, browser, response)
    assert inputs(browser.get(back["Location"]).text)["order-Name"] == [TYPED["Name"]]
