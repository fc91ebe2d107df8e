using FsCheck;
using FsCheck.Fluent;
using Jiceng.Domain;
using Jiceng.Messaging;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Messaging;

public sealed class FeedPositionTests
{
    private const string Feed = "grid/7300000000000000000";

    [Fact]
    public void Parse_TokenOfTheFeed_IsThePosition() => Prop.ForAll(
        ArbMap.Default.ArbFor<ulong>(),
        ArbMap.Default.ArbFor<long>(),
        (xid, position) => FeedPosition.Parse(new FeedPosition(xid, position).ToToken(Feed), Feed) == new FeedPosition(xid, position))
        .QuickCheckThrowOnFailure();

    [Fact]
    public void Parse_Empty_IsTheStart() => FeedPosition.Parse("", Feed).ShouldBe(FeedPosition.Start);

    [Theory]
    [InlineData("scoring/7300000000000000000")]
    [InlineData("grid/7300000000000000001")]
    public void Parse_TokenOfAnotherFeedOrCluster_IsRefused(string other) => Refused(new FeedPosition(5, 6).ToToken(other));

    [Fact]
    public void Parse_AnyCharacterAltered_IsRefused()
    {
        var token = new FeedPosition(1234567, 89).ToToken(Feed);
        for (var i = 0; i < token.Length; i++)
        {
            var altered = token.ToCharArray();
            altered[i] = altered[i] == 'A' ? 'B' : 'A';
            Refused(new string(altered));
            Refused(token[..i] + (i == 0 ? "-" : ""));
        }
    }

    [Theory]
    [InlineData("!")]
    [InlineData("网格")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public void Parse_NoToken_IsRefused(string text) => Refused(text);

    private static void Refused(string token) =>
        Should.Throw<ApiException>(() => FeedPosition.Parse(token, Feed)).Reason.ShouldBe(CommonErrors.PageTokenInvalid);
}
