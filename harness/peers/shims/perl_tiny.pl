#!/usr/bin/perl
# A shim in Perl, written from harness/subject/PROTOCOL.md alone, with nothing but Perl's own modules. Its client stands
# in the same file: QoS 0 and 1, one thread, blocking calls, no reconnecting by itself.
use strict;
use warnings;

package Tiny;    # the client; the shim is below

use IO::Select;
use IO::Socket::INET;
use List::Util 'min';
use Time::HiRes 'time';

my %refused = (1 => 'version', 2 => 'client identifier', 3 => 'server unavailable', 4 => 'user name or password', 5 => 'not authorized');

# new takes client_id, clean_session, keep_alive in seconds, username, password, will and on_message.
sub new { my ($class, %o) = @_; bless { %o, id => 0, unacked => [], buf => '' }, $class }

sub fail { die { kind => $_[0], text => $_[1] } }
sub string { pack 'n/a*', $_[0] }

sub lost {
    my ($self, $why) = @_;
    $self->abort;
    fail(network => $why);
}

sub abort { my $s = delete $_[0]{sock}; close $s if $s }

sub send_packet {
    my ($self, $first, $body) = @_;
    fail(closed => 'not connected') unless $self->{sock};
    my ($n, $out) = (length $body, chr $first);
    do { $out .= chr($n % 128 + ($n > 127 ? 128 : 0)); $n >>= 7 } while $n;
    $out .= $body;
    while (length $out) {
        my $k = syswrite $self->{sock}, $out or $self->lost("write: $!");
        substr $out, 0, $k, '';
    }
    $self->{sent} = time;
}

# packet cuts the next packet off the buffer: its first byte and its body, or nothing.
sub packet {
    my ($self) = @_;
    my ($n, $i) = (0, 1);
    for (;; $i++) {
        return if $i >= length $self->{buf};
        $self->lost('a length of more than four bytes') if $i > 4;
        my $byte = ord substr $self->{buf}, $i, 1;
        $n |= ($byte & 127) << 7 * ($i - 1);
        last if $byte < 128;
    }
    return if length($self->{buf}) < $i + 1 + $n;
    my $p = substr $self->{buf}, 0, $i + 1 + $n, '';
    return (ord $p, substr $p, $i + 1);
}

# step handles one packet. It returns without one at the time $until.
sub step {
    my ($self, $until) = @_;
    my ($first, $body);
    until (($first, $body) = $self->packet) {
        fail(closed => 'not connected') unless $self->{sock};
        my ($now, $alive) = (time, $self->{keep_alive});
        return if $now >= $until;
        if ($alive && $self->{up}) {
            $self->lost('no PINGRESP') if $self->{pinged} && $now > $self->{pinged} + $alive;
            $self->ping if $now >= $self->{sent} + $alive * 0.8;
        }
        my $wait = min($until - $now, $alive ? $alive * 0.1 : 60);
        next unless IO::Select->new($self->{sock})->can_read($wait);
        sysread $self->{sock}, $self->{buf}, 65536, length $self->{buf} or $self->lost('the server closed the connection');
    }
    my $type = $first >> 4;
    $self->lost("packet of type $type instead of CONNACK") if !$self->{up} && $type != 2;
    if ($type == 3) {
        my ($qos, $topic, $id) = ($first >> 1 & 3);
        ($topic, $body) = unpack 'n/a a*', $body if length $body > 1;
        ($id, $body) = unpack 'n a*', $body if $qos && defined $topic;
        $self->lost('PUBLISH at a QoS that was not asked for') if $qos > 1;
        $self->lost('PUBLISH without its fields') unless defined $topic && defined $body && ($id || !$qos);
        $self->{on_message}->($topic, $body, $qos, $first & 1, $first >> 3 & 1);
        $self->send_packet(0x40, pack 'n', $id) if $qos && $self->{sock};
    } elsif ($type == 2) {
        $self->{connack} = [unpack 'CC', $body];
    } elsif ($type == 4) {
        my $id = unpack 'n', $body;
        @{ $self->{unacked} } = grep { $_->[0] != $id } @{ $self->{unacked} };
    } elsif ($type == 9 || $type == 11) {
        my ($id, @codes) = unpack 'nC*', $body;
        $self->{acks}{$id} = \@codes;
    } elsif ($type == 13) {
        $self->{pinged} = 0;
    } else {
        $self->lost("packet of type $type");
    }
}

sub wait_for {
    my ($self, $done) = @_;
    my $until = time + 10;
    until ($done->()) {
        fail(timeout => 'no acknowledgement in 10 s') if time >= $until;
        $self->step($until);
    }
}

# connect opens a connection, and sends again what is unacknowledged. It returns the session present flag.
sub connect {
    my ($self, $host, $port) = @_;
    $self->abort;
    @$self{qw(buf pinged up connack acks)} = ('', 0, 0, undef, {});
    $self->{sock} = IO::Socket::INET->new(PeerAddr => $host, PeerPort => $port, Timeout => 10) or fail(network => "connect: $@");
    my $w     = $self->{will};
    my $flags = $self->{clean_session} ? 2 : 0;
    $flags |= 4 | $w->{qos} << 3 | ($w->{retain} ? 32 : 0) if $w;
    my $payload = string($self->{client_id}) . ($w ? string($w->{topic}) . string($w->{payload}) : '');
    for ([username => 128], [password => 64]) {
        my ($value, $bit) = ($self->{ $_->[0] }, $_->[1]);
        ($flags, $payload) = ($flags | $bit, $payload . string($value)) if defined $value;
    }
    $self->send_packet(0x10, string('MQTT') . pack('CCn', 4, $flags, $self->{keep_alive}) . $payload);
    $self->wait_for(sub { $self->{connack} });
    my ($present, $code) = @{ $self->{connack} };
    if ($code) {
        $self->abort;
        fail(refused => $refused{$code} || "code $code");
    }
    $self->{up}      = 1;
    $self->{unacked} = [] if $self->{clean_session} || !$present;
    $self->send_packet(0x3a | $_->[2], $_->[1]) for @{ $self->{unacked} };
    return $present;
}

sub next_id {
    my ($self) = @_;
    do { $self->{id} = $self->{id} % 65535 + 1 } while grep { $_->[0] == $self->{id} } @{ $self->{unacked} };
    return $self->{id};
}

sub publish {
    my ($self, $topic, $payload, $qos, $retain) = @_;
    fail(invalid => 'topic') if $topic eq '' || $topic =~ /[+#\0]/ || length $topic > 65535;
    return $self->send_packet(0x30 | $retain, string($topic) . $payload) unless $qos;
    fail(closed => 'not connected') unless $self->{sock};
    my $id   = $self->next_id;
    my $body = string($topic) . pack('n', $id) . $payload;
    push @{ $self->{unacked} }, [$id, $body, $retain];
    $self->send_packet(0x32 | $retain, $body);
    $self->wait_for(sub { !grep { $_->[0] == $id } @{ $self->{unacked} } });
}

# subscribe takes pairs of a filter and a QoS, and returns the return codes.
sub subscribe { my ($self, @f) = @_; $self->request(0x82, join '', map { string($_->[0]) . chr $_->[1] } @f) }
sub unsubscribe { my ($self, @f) = @_; $self->request(0xa2, join '', map { string($_) } @f) }

sub request {
    my ($self, $first, $body) = @_;
    my $id = $self->next_id;
    $self->send_packet($first, pack('n', $id) . $body);
    $self->wait_for(sub { $self->{acks}{$id} });
    return delete $self->{acks}{$id};
}

sub ping       { my ($self) = @_; $self->send_packet(0xc0, ''); $self->{pinged} ||= time }
sub disconnect { my ($self) = @_; $self->send_packet(0xe0, ''); $self->abort }
sub serve      { my ($self, $for) = @_; my $until = time + $for; $self->step($until) while time < $until }

package main;    # the shim

use IO::Handle;
use JSON::PP;
use POSIX ();

my @features = qw(qos1 persistent-session manual-reconnect keep-alive explicit-ping will credentials unsubscribe nested-publish
    nested-subscribe reentrant-callback sets-client-id sets-keep-alive many-filters unasked-messages large-packets
    sends-disconnect disconnect-in-callback tells-session-present tells-granted);
my $json = JSON::PP->new->ascii;    # a character of a Perl string is a byte, as the protocol has it
my ($client, $options, $seq) = (undef, '', 0);

sub say { print STDOUT $json->encode({@_}), "\n" }
sub bool { $_[0] ? JSON::PP::true : JSON::PP::false }

# on_message runs in the client's one thread, inside of a call: requests are served here until the callback may return.
sub on_message {
    my ($topic, $payload, $qos, $retain, $dup) = @_;
    my $n = ++$seq;
    say(event => 'message', seq => $n, topic => $topic, payload => $payload, qos => $qos, retain => bool($retain), dup => bool($dup));
    requests($n);
}

my %calls = (
    connect => sub {
        my ($r) = @_;
        my $wanted = $json->canonical->encode({ %$r, id => 0, in => 0 });
        if ($wanted ne $options) {    # the same options are the same session
            $options = $wanted;
            $client->abort if $client;
            $client = Tiny->new((map { $_ => $r->{$_} } qw(client_id clean_session keep_alive username password will)), on_message => \&on_message);
        }
        return (session_present => bool($client->connect(@$r{qw(host port)})));
    },
    publish => sub {
        my ($r) = @_;
        return (error => { kind => 'unsupported', text => 'QoS 2' }) if $r->{qos} == 2;
        $client->publish(@$r{qw(topic payload qos)}, $r->{retain} ? 1 : 0);
        return;
    },
    subscribe   => sub { (granted => $client->subscribe(map { [@$_{qw(filter qos)}] } @{ $_[0]{filters} })) },
    unsubscribe => sub { $client->unsubscribe(@{ $_[0]{filters} }); return },
    ping        => sub { $client->ping;       return },
    disconnect  => sub { $client->disconnect; return },
    abort       => sub { $client->abort if $client; return },
    idle        => sub { $client->serve($_[0]{for} / 1000); return },
);

sub answer {
    my ($r)  = @_;
    my $call = $calls{ $r->{op} } or return (error => { kind => 'unsupported', text => "no call for $r->{op}" });
    return (error => { kind => 'closed', text => 'there is no client' }) unless $client || $r->{op} =~ /^(connect|abort)$/;
    my @fields = eval { $call->($r) };
    return @fields unless my $e = $@;
    $e = { kind => 'other', text => "$e" } unless ref $e;
    $e->{kind} = 'pending' if $r->{op} eq 'publish' && $r->{qos} && $e->{kind} =~ /network|timeout/;    # it is kept, and sent again
    return (error => $e);
}

# requests serves requests until the return of message $n, or to the end of input.
sub requests {
    my ($n) = @_;
    while (my $line = <STDIN>) {
        my $r = $json->decode($line);
        return if $r->{op} eq 'return' && $r->{seq} == $n;
        say(id => $r->{id}, answer($r));
    }
}

# A call blocks, and quit ends it all the same: the client lives in a child, and the parent hands lines on and listens for quit.
STDOUT->autoflush;
$SIG{PIPE} = 'IGNORE';
pipe my $in, my $out or die $!;
if (my $child = fork) {
    close $in;
    $out->autoflush;
    $SIG{CHLD} = sub { waitpid $child, 0; POSIX::_exit($? & 127 ? 128 + $? & 127 : $? >> 8 || 1) };    # it ended by itself
    while (my $line = <STDIN>) {
        last if $json->decode($line)->{op} eq 'quit';
        print $out $line;
    }
    $SIG{CHLD} = 'DEFAULT';
    kill KILL => $child;
    POSIX::_exit(0);
}
close $out;
open STDIN, '<&', $in or die $!;
say(hello => 1, name => 'perl-tiny', version => '1', features => \@features, idle => bool(1));
requests(0);
