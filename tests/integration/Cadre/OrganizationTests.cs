using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Jiceng.Cadre.V1;
using Shouldly;
using Xunit;
using static Jiceng.IntegrationTests.Cadre.CadreCaller;
using static Jiceng.IntegrationTests.Cadre.CadreFixture;

namespace Jiceng.IntegrationTests.Cadre;

public class OrganizationTests(CadreFixture cadre) : IClassFixture<CadreFixture>
{
    [Fact]
    public async Task Create_VillageBranch_IsSeatedAndTold()
    {
        var branch = await cadre.NewBranchAsync();

        branch.Seated.ShouldBeTrue();
        branch.State.ShouldBe(OrganizationState.Normal);
        branch.EffectiveDate.ShouldBe(Today);
        (await cadre.Organizer.Organizations.GetOrganizationAsync(new() { OrganizationId = branch.OrganizationId })).ShouldBe(branch);
        var told = (await cadre.EventsAsync("organization.changed.v1", branch.OrganizationId)).ShouldHaveSingleItem();
        told.ShouldContain("\"kind\": \"village_branch\"");
        told.ShouldContain("\"sequence\": \"1\"");
    }

    [Fact]
    public async Task Create_SameRequestIdAgain_GivesTheSameOrganizationAndOneEvent()
    {
        var request = Request(OrganizationKind.PartyGroup, cadre.NewVillage() + "001");
        var first = await cadre.Organizer.Organizations.CreateOrganizationAsync(request);
        (await cadre.Organizer.Organizations.CreateOrganizationAsync(request)).ShouldBe(first);
        (await cadre.EventsAsync("organization.changed.v1", first.OrganizationId)).Count.ShouldBe(1);

        request.Organization.Name = "别的名称";
        (await Refusal.OfAsync(async () => await cadre.Organizer.Organizations.CreateOrganizationAsync(request))).Reason.ShouldBe("REQUEST_ID_REUSED");
    }

    [Fact]
    public async Task Create_SecondSeatAtTheSameTime_IsRefusedForAllButOne()
    {
        var village = cadre.NewVillage();
        var calls = await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            try
            {
                await cadre.Organizer.CreateAsync(OrganizationKind.VillageBranch, village);
                return "created";
            }
            catch (RpcException refused)
            {
                return refused.StatusCode.ToString();
            }
        }));
        calls.Count(call => call == "created").ShouldBe(1);
        calls.Count(call => call == "AlreadyExists").ShouldBe(7);
        var refusal = await Refusal.OfAsync(() => cadre.Organizer.CreateAsync(OrganizationKind.GeneralBranch, village));
        refusal.Reason.ShouldBe("SEAT_TAKEN");
        refusal.Metadata["organization_id"].ShouldNotBeEmpty();
    }

    [Theory]
    [InlineData(OrganizationKind.VillageBranch, "1402242052", "PLACE_CODE_INVALID")]
    [InlineData(OrganizationKind.VillageBranch, "", "ARGUMENT_REQUIRED")]
    [InlineData(OrganizationKind.VillageBranch, "140224205", "ORGANIZATION_KIND_LEVEL")]
    [InlineData(OrganizationKind.Unspecified, "140224205399", "ARGUMENT_REQUIRED")]
    [InlineData((OrganizationKind)99, "140224205399", "ARGUMENT_INVALID")]
    [InlineData(OrganizationKind.VillageBranch, "140225205399", "OUT_OF_SCOPE")]
    public async Task Create_WrongKindOrPlace_IsRefused(OrganizationKind kind, string place, string reason) =>
        (await Refusal.OfAsync(() => cadre.Organizer.CreateAsync(kind, place))).Reason.ShouldBe(reason);

    [Fact]
    public async Task Create_ParentUnknownForeignOrElsewhere_IsRefused()
    {
        var request = Request(OrganizationKind.TemporaryBranch, cadre.NewVillage());
        (await RefusedWithParent(NewId())).Reason.ShouldBe("OUT_OF_SCOPE");
        (await RefusedWithParent("nonsense")).Reason.ShouldBe("ARGUMENT_INVALID");
        (await RefusedWithParent(cadre.VillageBranch.OrganizationId)).Reason.ShouldBe("PARENT_TERRITORY");

        async Task<Refusal> RefusedWithParent(string parentId)
        {
            request.Organization.ParentId = parentId;
            return await Refusal.OfAsync(async () => await cadre.Organizer.Organizations.CreateOrganizationAsync(request));
        }
    }

    [Fact]
    public async Task Create_ByReaderOrOutsideTheScope_IsRefused()
    {
        var place = cadre.NewVillage();
        (await Refusal.OfAsync(() => cadre.As("auditor", County).CreateAsync(OrganizationKind.ChainGroup, place))).Reason.ShouldBe("PERMISSION_MISSING");
        var refused = await Refusal.OfAsync(() => cadre.As("township_committee", OtherTownship).CreateAsync(OrganizationKind.ChainGroup, place));
        (refused.Code, refused.Reason).ShouldBe((StatusCode.PermissionDenied, "OUT_OF_SCOPE"));
    }

    [Fact]
    public async Task Get_OutsideTheScope_IsRefusedLikeAnUnknownId()
    {
        var other = cadre.As("township_committee", OtherTownship);
        var known = await Refusal.OfAsync(async () => await other.Organizations.GetOrganizationAsync(new() { OrganizationId = cadre.VillageBranch.OrganizationId }));
        var unknown = await Refusal.OfAsync(async () => await other.Organizations.GetOrganizationAsync(new() { OrganizationId = NewId() }));
        known.Text.ShouldBe(unknown.Text);
    }

    [Fact]
    public async Task Update_WithStaleEtag_IsAborted()
    {
        var branch = await cadre.NewBranchAsync();
        var changed = branch.Clone();
        changed.Name = "新名称";
        await Update(changed, "name");
        var refused = await Refusal.OfAsync(() => Update(changed, "name"));
        (refused.Code, refused.Reason).ShouldBe((StatusCode.Aborted, "ETAG_MISMATCH"));
    }

    [Fact]
    public async Task Update_FieldThatCannotChange_IsRefused() =>
        (await Refusal.OfAsync(() => Update(cadre.VillageBranch, "place_code"))).Reason.ShouldBe("UPDATE_MASK_INVALID");

    [Fact]
    public async Task Update_ParentBelowItself_IsRefused()
    {
        var village = cadre.NewVillage();
        var upper = await cadre.Organizer.CreateAsync(OrganizationKind.TemporaryBranch, village);
        var lower = await cadre.Organizer.CreateAsync(OrganizationKind.TemporaryBranch, village, upper);
        var changed = upper.Clone();
        changed.ParentId = lower.OrganizationId;
        (await Refusal.OfAsync(() => Update(changed, "parent_id"))).Reason.ShouldBe("PARENT_CYCLE");
        changed.ParentId = upper.OrganizationId;
        (await Refusal.OfAsync(() => Update(changed, "parent_id"))).Reason.ShouldBe("PARENT_CYCLE");
    }

    [Fact]
    public async Task Update_BranchBecomesGeneralBranch_KeepsItsSecretaryAsHeadAndTellsAgain()
    {
        var branch = await cadre.NewBranchAsync();
        var secretary = await cadre.Organizer.AppointAsync(await cadre.Organizer.CreatePersonAsync(branch), branch, Position.Secretary);
        branch.Kind = OrganizationKind.GeneralBranch;
        (await Update(branch, "kind")).Seated.ShouldBeTrue();

        var told = await cadre.EventsAsync("appointment.changed.v1", secretary.AppointmentId);
        told.Count.ShouldBe(2);
        told[1].ShouldContain("\"organizationKind\": \"general_branch\"");
        told[1].ShouldContain("\"headsPlace\": true");
    }

    [Fact]
    public async Task Update_BranchMovesBelowAnotherOfItsVillage_FreesTheSeatAndItsSecretaryHeadsNoMore()
    {
        var branch = await cadre.NewBranchAsync();
        var upper = await cadre.Organizer.CreateAsync(OrganizationKind.TemporaryBranch, branch.PlaceCode);
        var secretary = await cadre.Organizer.AppointAsync(await cadre.Organizer.CreatePersonAsync(branch), branch, Position.Secretary);
        secretary.HeadsPlace.ShouldBeTrue();

        branch.ParentId = upper.OrganizationId;
        (await Update(branch, "parent_id")).Seated.ShouldBeFalse();

        (await cadre.EventsAsync("appointment.changed.v1", secretary.AppointmentId))[1].ShouldNotContain("headsPlace");
        (await cadre.Organizer.CreateAsync(OrganizationKind.GeneralBranch, branch.PlaceCode)).Seated.ShouldBeTrue();
    }

    [Fact]
    public async Task ChangeState_WeakAndTurnedRound_KeepsBothInTheHistory()
    {
        var request = Request(OrganizationKind.VillageBranch, cadre.NewVillage());
        request.EffectiveDate = DaysFromToday(-30);
        var branch = await cadre.Organizer.Organizations.CreateOrganizationAsync(request);
        await Change(OrganizationState.Weak, "包村领导整顿", -20);
        (await Refusal.OfAsync(() => Change(OrganizationState.Weak, "再次", -10))).Reason.ShouldBe("ORGANIZATION_STATE_SAME");
        (await Refusal.OfAsync(() => Change(OrganizationState.Normal, "", -25))).Reason.ShouldBe("EFFECTIVE_DATE_INVALID");
        (await Refusal.OfAsync(() => Change(OrganizationState.Normal, "", 1))).Reason.ShouldBe("EFFECTIVE_DATE_INVALID");
        await Change(OrganizationState.Normal, "", -5);

        (await StateOn(-31)).ShouldBe(OrganizationState.Normal);
        (await StateOn(-21)).ShouldBe(OrganizationState.Normal);
        (await StateOn(-20)).ShouldBe(OrganizationState.Weak);
        (await StateOn(-6)).ShouldBe(OrganizationState.Weak);
        (await StateOn(-5)).ShouldBe(OrganizationState.Normal);
        var history = await cadre.Organizer.Organizations.ListOrganizationHistoryAsync(new() { OrganizationId = branch.OrganizationId, PageSize = 2 });
        history.States.Select(state => state.State).ShouldBe([OrganizationState.Normal, OrganizationState.Weak]);
        var rest = await cadre.Organizer.Organizations.ListOrganizationHistoryAsync(
            new() { OrganizationId = branch.OrganizationId, PageSize = 2, PageToken = history.NextPageToken });
        rest.States.ShouldHaveSingleItem().EffectiveDate.ShouldBe(DaysFromToday(-30));
        rest.NextPageToken.ShouldBeEmpty();

        async Task<Organization> Change(OrganizationState state, string plan, int day) => await cadre.Organizer.Organizations.ChangeOrganizationStateAsync(
            new() { OrganizationId = branch.OrganizationId, State = state, RectificationPlan = plan, EffectiveDate = DaysFromToday(day), RequestId = NewId() });

        async Task<OrganizationState> StateOn(int day) => (await cadre.Organizer.Organizations.GetOrganizationAsync(
            new() { OrganizationId = branch.OrganizationId, AsOfDate = DaysFromToday(day) })).State;
    }

    [Fact]
    public async Task List_PageByPage_GivesEachOrganizationOfTheScopeOnce()
    {
        var village = cadre.NewVillage();
        for (var number = 0; number < 5; number++)
            await cadre.Organizer.CreateAsync(OrganizationKind.ChainGroup, village);
        var request = new ListOrganizationsRequest { PlaceCode = village, PageSize = 2 };
        var found = new List<string>();
        do
        {
            var page = await cadre.Organizer.Organizations.ListOrganizationsAsync(request);
            page.Organizations.Count.ShouldBeInRange(1, 2);
            found.AddRange(page.Organizations.Select(organization => organization.OrganizationId));
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
        found.Count.ShouldBe(5);
        found.ShouldBeUnique();

        (await cadre.As("township_committee", OtherTownship).Organizations.ListOrganizationsAsync(new())).Organizations.ShouldBeEmpty();
        var filtered = await cadre.Organizer.Organizations.ListOrganizationsAsync(
            new() { PlaceCode = Township, Kinds = { OrganizationKind.TownshipCommittee }, State = OrganizationState.Normal });
        filtered.Organizations.ShouldHaveSingleItem().OrganizationId.ShouldBe(cadre.TownshipCommittee.OrganizationId);
    }

    [Fact]
    public async Task List_WithTheTokenOfAnotherRequest_IsRefused()
    {
        var village = cadre.NewVillage();
        await cadre.Organizer.CreateAsync(OrganizationKind.ChainGroup, village);
        await cadre.Organizer.CreateAsync(OrganizationKind.ChainGroup, village);
        var page = await cadre.Organizer.Organizations.ListOrganizationsAsync(new() { PlaceCode = village, PageSize = 1 });
        (await Refusal.OfAsync(async () => await cadre.Organizer.Organizations.ListOrganizationsAsync(
            new() { PlaceCode = Township, PageSize = 1, PageToken = page.NextPageToken }))).Reason.ShouldBe("PAGE_TOKEN_INVALID");
    }

    private async Task<Organization> Update(Organization organization, params string[] mask) =>
        await cadre.Organizer.Organizations.UpdateOrganizationAsync(new()
        {
            Organization = organization,
            UpdateMask = new FieldMask { Paths = { mask } },
            RequestId = NewId(),
        });

    private static CreateOrganizationRequest Request(OrganizationKind kind, string place) => new()
    {
        Organization = new Organization { Name = "党组织", Kind = kind, PlaceCode = place },
        RequestId = NewId(),
    };
}
