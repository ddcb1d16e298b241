"""Addresses that mean this machine, its networks or a cloud's metadata to some program or other, in every notation.

Whoever lets the site go somewhere (webhooks, callbacks, images by their address) is tried with all of them.
"""

LOOPBACK = [
    "127.0.0.1", "127.1", "127.0.1", "127.1.2.3", "127.255.255.254", "127.0.0.1.", "localhost", "LOCALHOST",
    "LocalHost.", "localhost.localdomain", "ip6-localhost", "0", "0.0.0.0", "0.1.2.3", "[::1]", "[::]",
    "[0:0:0:0:0:0:0:1]", "[0000:0000:0000:0000:0000:0000:0000:0001]", "[::1%25lo]", "[::1%251]",
]  # fmt: skip
NUMBERS = [  # decimal, octal, hexadecimal, mixed, too long, too large
    "2130706433", "2130706433.", "017700000001", "0177.0.0.1", "0177.1", "00000177.00.00.01", "0x7f000001", "0x7f.1",
    "0x7f.0.0.1", "0x7f.0x0.0x0.0x1", "0x7F.0X0.0.1", "0x7f.0.0.01", "0x000000007f000001", "127.0x0.0.1", "127.65536",
    "6425673729", "0x17f000001", "127.0.0.257", "3232235521", "0xc0a80001", "0300.0250.0.1", "167772161",
]  # fmt: skip
METADATA = [
    "169.254.169.254", "2852039166", "0xa9fea9fe", "0xa9.0xfe.0xa9.0xfe", "0251.0376.0251.0376", "169.254.43518",
    "169.16689662", "[fe80::a9fe:a9fe]", "[::ffff:169.254.169.254]", "[::ffff:a9fe:a9fe]",
    "[0:0:0:0:0:ffff:a9fe:a9fe]", "169.254.170.2", "192.0.0.192", "100.100.100.200", "168.63.129.16",
    "[fd00:ec2::254]", "[fd20:ce::254]", "metadata.google.internal", "instance-data", "metadata",
]  # fmt: skip
CARRIED = [  # IPv4 within IPv6: mapped, compatible, translated, 6to4, Teredo, ISATAP
    "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:127.0.0.1]", "[::ffff:0:127.0.0.1]", "[::127.0.0.1]",
    "[::7f00:1]", "[::ffff:10.0.0.1]", "[::ffff:192.168.0.1]", "[::ffff:100.100.100.200]", "[64:ff9b::7f00:1]",
    "[64:ff9b::169.254.169.254]", "[64:ff9b:1::a00:1]", "[2002:7f00:1::]", "[2002:a9fe:a9fe::1]", "[2002:c0a8:1::1]",
    "[2001:0:7f00:1::1]", "[fe80::5efe:7f00:1]",
]  # fmt: skip
PRIVATE = [
    "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "100.64.0.1", "100.127.255.254",
    "169.254.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "192.88.99.1", "224.0.0.1",
    "239.255.255.250", "240.0.0.1", "255.255.255.255", "[fe80::1]", "[fe80::1%25lo]", "[fc00::1]", "[fd12:3456::1]",
    "[fec0::1]", "[ff02::1]", "[100::1]", "[2001:db8::1]", "[3fff::1]", "[5f00::1]",
]  # fmt: skip
WRITTEN = [  # full-width, circled, mathematical; ideographic, full-width and half-width dots; unseen; by per cent
    "１２７.０.０.１", "①②⑦.⓪.⓪.①", "𝟏𝟐𝟕.𝟎.𝟎.𝟏", "127。0。0。1", "127．0．0．1", "127｡0｡0｡1", "169。254。169。254",
    "ｌｏｃａｌｈｏｓｔ", "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ", "loc\u00adalhost", "127\u00ad.0.0.1", "local\u200bhost", "127.0.0.1\u200b",
    "0ｘ7f.1", "%31%32%37.0.0.1", "127%2e0%2e0%2e1", "127.0.0.1%00", "127.0.0.1%2f", "loc%61lhost", "127.0.0.1%23",
    "[::ffff:１２７.0.0.1]",
]  # fmt: skip
FAMILIES = (LOOPBACK, NUMBERS, METADATA, CARRIED, PRIVATE, WRITTEN)
HOSTS = LOOPBACK + NUMBERS + METADATA + CARRIED + PRIVATE + WRITTEN

# Whole addresses, of which programs disagree on what the host is, or which are not for a web server.
URLS = [
    "ftp://example.org/", "file:///etc/passwd", "file://localhost/etc/passwd", "gopher://127.0.0.1:6379/_FLUSHALL",
    "dict://127.0.0.1:11211/stats", "ldap://127.0.0.1/", "tftp://127.0.0.1/", "jar:http://127.0.0.1!/",
    "javascript:alert(1)", "data:image/png;base64,AAAA", "unix:///var/run/docker.sock", "//127.0.0.1/", "/etc/passwd",
    "example.org", "http://", "https://", "http:///", "http:127.0.0.1", "http:/127.0.0.1/",
    "https://user:secret@example.org/", "https://1.1.1.1@127.0.0.1/", "https://127.0.0.1@1.1.1.1/",
    "https://@127.0.0.1/", "https://:@127.0.0.1/", "http://1.1.1.1:80@127.0.0.1:80/", "http://1.1.1.1 @127.0.0.1/",
    "http://1.1.1.1\\@127.0.0.1/", "http://127.0.0.1\\.example.org/", "http://127.0.0.1%2f@example.org/",
    "http://1.1.1.1&@127.0.0.1#@example.org/", "http://127.0.0.1:80:443/", "http://127.0.0.1,1.1.1.1/",
    "http://1.1.1.1;127.0.0.1/", "http://[::1/", "http://::1/", "http://[127.0.0.1]/", "http://[::1]x/",
    "http://127.0.0.1\t/", "http://127.0.0.1\r\nHost: example.org/", "http://exa\nmple.org/", "http://\x00127.0.0.1/",
    " http://127.0.0.1/", "http://127.0.0.1 /", "http://example.org/\r\nX-Evil: 1", "http://example.org:22/",
    "http://example.org:25/", "http://example.org:0/", "http://example.org:99999/", "http://example.org:-1/",
    "http://example.org:https/", "http://exa%6dple.org/", "http://ex*mple.org/", "http://-/", "http://./", "http://.../",
]  # fmt: skip
ALL = [f"http://{host}/hook" for host in HOSTS] + URLS
FEW = [f"http://{host}/hook" for family in FAMILIES for host in family[::5]] + URLS[::5]  # where each costs a request
