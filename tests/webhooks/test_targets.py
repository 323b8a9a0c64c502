import pytest

from settings import Settings
from tests.environ import environ
from webhooks.targets import BadUrl, Target

SETTINGS = Settings.from_environ(environ())
WITH_HTTP = Settings.from_environ(environ(WEBHOOK_HTTP="true", WEBHOOK_ALLOWED="10.1.0.0/16,::1"))
FORM = "The URL must be like https://hooks.example.org/path."
NO_USER = "The URL must hold no user and no password. The signature shows who sends."
NOT_PUBLIC = "The address of the receiver is not public. Use one that is, or ask the operator to allow it."


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("https://hooks.example.org/a?b=c", "hooks.example.org", 443),
        ("https://HOOKS.Example.org", "hooks.example.org", 443),
        ("https://hooks.example.org.:8443/", "hooks.example.org.", 8443),
        ("https://93.184.215.14/x", "93.184.215.14", 443),
        ("https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]:1024/x", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", 1024),
        ("https://bücher.example/%C3%BC", "xn--bcher-kva.example", 443),
        ("https://receiver/x", "receiver", 443),
    ],
)
def test_a_url_is_taken(url, host, port):
    target = Target.read(url, SETTINGS)

    assert (target.host, target.port, target.is_tls) == (host, port, True)


@pytest.mark.parametrize("url", ["http://hooks.example.org/", "http://10.1.2.3:8080/", "https://[::1]/"])
def test_http_and_named_networks_are_taken_where_the_settings_allow_them(url):
    assert Target.read(url, WITH_HTTP).url == url
    with pytest.raises(BadUrl):
        Target.read(url, SETTINGS)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("", FORM),
        ("hooks.example.org", FORM),
        ("https://", FORM),
        ("https:///path", FORM),
        ("ftp://hooks.example.org/", FORM),
        ("file:///etc/hostname", FORM),
        ("https://hooks.example.org/\u00fc", FORM),
        ("https://hooks.example.org\\@other.example/", FORM),
        ("https://hooks example.org/", "This is not a URL."),
        ("https://hooks.example.org/\n", "This is not a URL."),
        ("https://hooks.exa\tmple.org/", "This is not a URL."),
        ("https://hooks.example.org:port/", "This is not a URL."),
        ("https://hooks.example.org:65536/", "This is not a URL."),
        ("https://[::1", "This is not a URL."),
        ("http://hooks.example.org/", "The URL must begin with https://."),
        (
            "https://user@hooks.example.org/",
            NO_USER,
        ),
        (
            "https://user:word@hooks.example.org/",
            NO_USER,
        ),
        ("https://@hooks.example.org/", NO_USER),
        ("https://hooks.example.org/#part", "The URL must have no part after #."),
        ("https://hooks.example.org:25/", "The port must be 443, 80, or at least 1024."),
        ("https://hooks.example.org:0/", "The port must be 443, 80, or at least 1024."),
        ("https://127.1/", FORM),
        ("https://0x7f.0.0.1/", FORM),
        ("https://2130706433/", FORM),
        ("https://hooks..example.org/", FORM),
        ("https://127.0.0.1/", NOT_PUBLIC),
        ("https://[::1]/", NOT_PUBLIC),
        ("https://[::ffff:127.0.0.1]/", NOT_PUBLIC),
        ("https://169.254.169.254/", NOT_PUBLIC),
        ("https://[fe80::1%25eth0]/", NOT_PUBLIC),
        (f"https://hooks.example.org/{'a' * 2048}", "The URL may have at most 2048 characters."),
    ],
)
def test_a_url_is_refused(url, sentence):
    with pytest.raises(BadUrl) as refusal:
        Target.read(url, SETTINGS)

    assert str(refusal.value) == sentence
